# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The contract, kept by the live ALeRCE."""

import pytest

from astroquery_brokers.alerce import Alerce

from .contract import Contract


@pytest.mark.remote_data
class TestAlerceLive(Contract):
    @pytest.fixture
    def broker(self):
        return Alerce

    @pytest.fixture
    def known(self):
        return "ZTF24aaecooj"

    @pytest.fixture
    def unknown(self):
        return "ZTF17zzzzzzz"
