# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The contract, kept by the live ALeRCE."""

import pytest

from astroquery_brokers.alerce import Alerce, AlerceClass

from .contract import Contract, LSSTContract, pytest_generate_tests  # noqa: F401


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


@pytest.mark.remote_data
class TestRubinLive(LSSTContract):
    @pytest.fixture
    def broker(self):
        return AlerceClass(survey="lsst")

    @pytest.fixture
    def known(self):
        return "170587117485817955"

    @pytest.fixture
    def unknown(self):
        return "170000000000000001"
