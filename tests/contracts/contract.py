# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What every broker promises, checked against the sandbox and, on the day there is a network, against the service."""

import astropy.units as u
import numpy as np
import pytest
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers import BrokerTable
from astroquery_brokers.exceptions import ObjectNotFoundError

MEASUREMENTS = ("query_detections", "query_non_detections", "query_forced_photometry")
OF_OBJECTS = (*MEASUREMENTS, "query_object", "query_objects", "query_lightcurve", "query_magstats",
              "query_probabilities", "query_features")


class Contract:
    """Checks; a subclass has the fixtures ``broker``, ``known`` (an object's id) and ``unknown`` (an id of nothing)."""

    @pytest.fixture(params=OF_OBJECTS)
    def verb(self, request, broker):
        if not hasattr(broker, request.param):
            pytest.fail(f"{broker.broker} has no {request.param}; take it out of the contract's list")
        return request.param

    @pytest.fixture
    def table(self, broker, known, verb):
        return getattr(broker, verb)(known)

    def test_a_known_object_has_rows_of_its_own(self, table, known):
        assert isinstance(table, BrokerTable) and len(table)
        main_id = next(column for column in table.itercols() if column.meta.get("ucd") == "meta.id;meta.main")
        assert set(main_id) == {known}

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

    @pytest.mark.parametrize("verb", [verb for verb in OF_OBJECTS if verb != "query_object"])
    def test_an_unknown_object_is_an_empty_table_with_all_columns(self, broker, known, unknown, verb):
        full = getattr(broker, verb)(known)
        with pytest.warns(NoResultsWarning):
            empty = getattr(broker, verb)(unknown)
        assert len(empty) == 0
        assert set(empty.colnames) == set(full.colnames)
        assert empty.meta["coverage"][0]["missing"] == [unknown]

    def test_query_object_says_that_it_is_not_there(self, broker, unknown):
        with pytest.raises(ObjectNotFoundError, match=unknown):
            broker.query_object(unknown)

    def test_a_cone_around_an_object_has_it_first(self, broker, known):
        place = broker.query_object(known).coords[0]
        found = broker.query_region(place.galactic, 5 * u.arcsec)
        assert found[0]["oid"] == known
        assert found["separation"].unit == u.arcsec
        assert found[0]["separation"] < 0.01
        assert (np.diff(found["separation"]) >= 0).all()
        assert "query_index" not in found.colnames

    def test_lists_come_back_in_the_order_asked(self, broker, known, unknown):
        around = broker.query_region(known, 10 * u.arcmin)
        ids = [str(oid) for oid in around["oid"]][:3][::-1]
        with pytest.warns(NoResultsWarning, match=unknown):
            objects = broker.query_objects([*ids, unknown, *ids])
        assert list(objects["oid"]) == ids
        assert objects.meta["coverage"][0] == {"asked": len(ids) + 1, "found": len(ids), "partial": 0, "empty": 1,
                                               "failed": 0, "truncated": False, "missing": [unknown]}

    def test_detections_are_in_the_light_curve(self, broker, known):
        curve, detections = broker.query_lightcurve(known), broker.query_detections(known)
        assert set(curve["measurement_id"].compressed()) == set(detections["candid"])
        assert (np.diff(curve["mjd"]) >= 0).all()
        rows = curve[curve["kind"] == "detection"]
        native = detections[rows["origin_row"]]
        assert np.array_equal(native["candid"], rows["measurement_id"])
        assert np.allclose(rows.time.utc.mjd, native["mjd"], rtol=0, atol=1e-9)
        assert np.array_equal(np.sign(rows["flux"]), native["isdiffpos"])
