# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The contract, kept by ALeRCE in the sandbox."""

import pytest

from astroquery_brokers.alerce import Alerce, AlerceClass

from .contract import Contract, LSSTContract, pytest_generate_tests  # noqa: F401


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


class TestRubinInSandbox(LSSTContract):
    @pytest.fixture
    def broker(self, box):
        return AlerceClass(survey="lsst")

    @pytest.fixture
    def known(self, synthetic):
        objects = synthetic.truth.lsst_objects
        return str(objects["oid"][objects["n_det"].argmax()])

    @pytest.fixture
    def unknown(self):
        return "170000000000000001"
