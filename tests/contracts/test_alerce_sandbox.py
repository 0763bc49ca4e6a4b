# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The contract, kept by ALeRCE in the sandbox."""

import pytest

from astroquery_brokers.alerce import Alerce

from .contract import Contract


class TestAlerceInSandbox(Contract):
    @pytest.fixture
    def broker(self, box):
        return Alerce

    @pytest.fixture
    def known(self, showpiece):
        return showpiece

    @pytest.fixture
    def unknown(self):
        return "ZTF17zzzzzzz"
