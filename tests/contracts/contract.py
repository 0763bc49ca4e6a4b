# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What every broker promises, checked against the sandbox and, on the day there is a network, against the service."""

import astropy.units as u
import numpy as np
import pytest
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers import BrokerTable
from astroquery_brokers.exceptions import ObjectNotFoundError

# Verbs that take an id.
ZTF = ("query_detections", "query_non_detections", "query_forced_photometry", "query_object", "query_objects",
       "query_lightcurve", "query_magstats", "query_probabilities", "query_features")
LSST = ("query_detections", "query_forced_photometry", "query_object", "query_objects", "query_lightcurve",
        "query_probabilities")


def pytest_generate_tests(metafunc):
    """Every test of ``verb`` runs for the verbs of its class."""
    if "verb" in metafunc.fixturenames:
        absent = ["query_object"] if "unknown" in metafunc.fixturenames else []
        metafunc.parametrize("verb", [verb for verb in metafunc.cls.verbs if verb not in absent])


def ids_of(column):
    """Ids as text, each once."""
    return list(dict.fromkeys(map(str, column)))


class Contract:
    """Checks; a subclass has the fixtures ``broker``, ``known`` (an object's id) and ``unknown`` (an id of nothing).

    ``verbs`` are those that take an id, ``lists`` the one that gives summaries of many objects, whose id is the column
    ``object_id``; ``detection_id`` and ``scale`` name the id and the time scale of detections; ``sign`` gives the signs
    of their fluxes, ``mjd`` their times. A cone has the object ``within`` so many arcsec of where its summary is.
    """

    verbs, lists, object_id = ZTF, "query_objects", "oid"
    detection_id, scale = "candid", "utc"
    within = 0.01

    @staticmethod
    def mjd(detections):
        return detections["mjd"]

    @staticmethod
    def sign(detections):
        return detections["isdiffpos"]

    @pytest.fixture
    def table(self, broker, known, verb):
        return getattr(broker, verb)(known)

    def test_a_known_object_has_rows_of_its_own(self, table, known):
        assert isinstance(table, BrokerTable) and len(table)
        main_id = next(column for column in table.itercols() if column.meta.get("ucd") == "meta.id;meta.main")
        assert set(map(str, main_id)) == {known}
        assert main_id.dtype.kind in "Ui"

    def test_every_column_is_described_and_typed(self, table):
        for column in table.itercols():
            assert column.description, column.name
            assert column.meta["ucd"], column.name
            assert column.dtype.kind in "biufU", column.name

    def test_the_account_says_what_was_asked_and_found(self, table):
        coverage, = table.meta["coverage"]
        assert (coverage["asked"], coverage["found"], coverage["empty"], coverage["failed"]) == (1, 1, 0, 0)
        assert not coverage["truncated"] and not table.meta["failures"]
        provenance, = table.meta["provenance"]
        assert provenance["urls"] and provenance["retrieved"]

    def test_the_raw_reply_parses_to_the_same_table(self, broker, known, verb, table):
        parsed = broker._parse_result(getattr(broker, f"{verb}_async")(known))
        assert parsed.colnames == table.colnames
        for name in table.colnames:
            assert np.array_equal(np.ma.getmaskarray(parsed[name]), np.ma.getmaskarray(table[name]))
            assert np.ma.allequal(parsed[name], table[name], fill_value=True)

    def test_an_unknown_object_is_an_empty_table_with_all_columns(self, broker, known, unknown, verb):
        full = getattr(broker, verb)(known)
        with pytest.warns(NoResultsWarning):
            empty = getattr(broker, verb)(unknown)
        assert len(empty) == 0
        tables = getattr(type(broker), verb).verb.tables
        optional = {column.name for name in tables for column in broker._dictionary(name).columns if column.optional}
        assert set(full.colnames) - optional <= set(empty.colnames) <= set(full.colnames)
        assert empty.meta["coverage"][0]["missing"] == [unknown]

    def test_query_object_says_that_it_is_not_there(self, broker, unknown):
        with pytest.raises(ObjectNotFoundError, match=unknown):
            broker.query_object(unknown)

    def test_a_cone_around_an_object_has_it_first(self, broker, known):
        place = broker.query_object(known).coords[0]
        found = broker.query_region(place.galactic, 5 * u.arcsec)
        assert str(found[0][self.object_id]) == known
        assert found["separation"].unit == u.arcsec
        assert found[0]["separation"] < self.within
        assert (np.diff(found["separation"]) >= 0).all()
        assert "query_index" not in found.colnames

    def test_lists_come_back_in_the_order_asked(self, broker, known, unknown):
        around = broker.query_region(known, 10 * u.arcmin)
        ids = ids_of(around[self.object_id])[:3][::-1]
        with pytest.warns(NoResultsWarning, match=unknown):
            objects = getattr(broker, self.lists)([*ids, unknown, *ids])
        assert ids_of(objects[self.object_id]) == ids
        assert objects.meta["coverage"][0] == {"asked": len(ids) + 1, "found": len(ids), "partial": 0, "empty": 1,
                                               "failed": 0, "truncated": False, "missing": [unknown]}

    def test_detections_are_in_the_light_curve(self, broker, known):
        curve, detections = broker.query_lightcurve(known), broker.query_detections(known)
        assert set(curve["measurement_id"].compressed()) >= set(detections[self.detection_id])
        assert (np.diff(curve["mjd"]) >= 0).all()
        rows = curve[curve["kind"] == "detection"]
        assert set(rows["measurement_id"]) == set(detections[self.detection_id])
        native = detections[rows["origin_row"]]
        assert np.array_equal(native[self.detection_id], rows["measurement_id"])
        assert np.allclose(getattr(rows.time, self.scale).mjd, self.mjd(native), rtol=0, atol=1e-9)
        assert np.array_equal(np.sign(rows["flux"]), self.sign(native))


class LSSTContract(Contract):
    """The same for Rubin/LSST."""

    verbs = LSST
    detection_id, scale = "measurement_id", "tai"

    @staticmethod
    def sign(detections):
        return np.sign(detections["psfFlux"])

    def test_ids_are_64_bit_integers(self, broker, known):
        for verb in self.verbs:
            table = getattr(broker, verb)(int(known))
            ids = table["object_id" if verb == "query_lightcurve" else self.object_id]
            assert ids.dtype.kind == "U" if verb == "query_lightcurve" else ids.dtype == np.int64
            assert set(map(int, ids)) == {int(known)}
        detections = broker.query_detections(known)
        assert detections[self.detection_id].dtype == np.int64
        assert len(set(detections[self.detection_id].tolist())) == len(detections)

    forced_id = "measurement_id"

    @staticmethod
    def least_forced(summary):
        """How many points of forced photometry an object has at least."""
        return summary["n_forced"][0]

    def test_forced_photometry_is_complete(self, broker, known):
        forced = broker.query_forced_photometry(known)
        assert len(forced) >= self.least_forced(broker.query_object(known)) > 10
        assert len(set(forced[self.forced_id].tolist())) == len(forced)
        curve = broker.query_lightcurve(known)
        assert (curve["kind"] == "forced").sum() == len(forced)


class FinkContract(Contract):
    """The same for ZTF at Fink, which has no table of objects: alerts stand for them."""

    verbs = ("query_detections", "query_non_detections", "query_object", "query_objects", "query_lightcurve")
    object_id, detection_id = "i:objectId", "i:candid"

    @staticmethod
    def mjd(detections):
        return detections["i:jd"] - 2400000.5

    @staticmethod
    def sign(detections):
        return np.where(np.isin(detections["i:isdiffpos"], ["t", "1"]), 1, -1)


class FinkLSSTContract(LSSTContract):
    """The same for Rubin/LSST at Fink; a cone has the place of the last detection, a summary the mean one."""

    verbs = ("query_detections", "query_forced_photometry", "query_object", "query_objects", "query_lightcurve")
    object_id, detection_id, forced_id = "r:diaObjectId", "r:diaSourceId", "r:diaForcedSourceId"
    within = 1.0

    @staticmethod
    def mjd(detections):
        return detections["r:midpointMjdTai"]

    @staticmethod
    def sign(detections):
        return np.sign(detections["r:psfFlux"])

    @staticmethod
    def least_forced(summary):
        return summary["r:nDiaSources"][0]
