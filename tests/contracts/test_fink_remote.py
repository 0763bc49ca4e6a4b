# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The contract, kept by the live Fink."""

import pytest

from astroquery_brokers.fink import Fink, FinkClass

from .contract import FinkContract, FinkLSSTContract, pytest_generate_tests  # noqa: F401


@pytest.mark.remote_data
class TestFinkLive(FinkContract):
    @pytest.fixture
    def broker(self):
        return Fink

    @pytest.fixture
    def known(self):
        return "ZTF21abfmbix"

    @pytest.fixture
    def unknown(self):
        return "ZTF17zzzzzzz"


@pytest.mark.remote_data
class TestFinkRubinLive(FinkLSSTContract):
    @pytest.fixture
    def broker(self):
        return FinkClass(survey="lsst")

    @pytest.fixture
    def known(self):
        return "170587117485817955"

    @pytest.fixture
    def unknown(self):
        return "170000000000000001"
