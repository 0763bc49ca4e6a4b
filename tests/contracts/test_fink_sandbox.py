# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The contract, kept by Fink in the sandbox."""

import pytest

from astroquery_brokers.fink import Fink, FinkClass

from .contract import FinkContract, FinkLSSTContract, pytest_generate_tests  # noqa: F401


class TestFinkInSandbox(FinkContract):
    @pytest.fixture
    def broker(self, box):
        return Fink

    @pytest.fixture
    def known(self, showpiece):
        return showpiece

    @pytest.fixture
    def unknown(self):
        return "ZTF17zzzzzzz"


class TestFinkRubinInSandbox(FinkLSSTContract):
    @pytest.fixture
    def broker(self, box):
        return FinkClass(survey="lsst")

    @pytest.fixture
    def known(self, synthetic):
        objects = synthetic.truth.lsst_objects
        return str(objects["oid"][objects["n_det"].argmax()])

    @pytest.fixture
    def unknown(self):
        return "170000000000000001"
