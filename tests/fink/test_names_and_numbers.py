# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Names, sky maps, statistics and metadata at Fink, against the truth of the sandbox's sky."""

import gzip

import numpy as np
import pytest
from astropy.time import Time
from astroquery.exceptions import MaxResultsWarning, NoResultsWarning

from astroquery_brokers import Fink
from astroquery_brokers.exceptions import BrokerError, RejectedQueryError
from astroquery_brokers.sandbox import skymaps
from astroquery_brokers.sandbox.store import Store


@pytest.fixture
def transients(box):
    return Fink.query_resolver("SN 20", "tns", row_limit=-1)


def test_sesame_has_one_row_with_numbers(box):
    for survey in ("ztf", "lsst"):
        row, = Fink.query_resolver("3C 273", survey=survey)
        assert (row["oid"], row["otype"], row["jradeg"], row["z"]) == (5149, "QSO", 187.27791535, 0.15834)
        with pytest.warns(NoResultsWarning):
            assert not len(Fink.query_resolver("no such thing", survey=survey))


def test_transients_are_found_by_name_and_by_object(box, transients):
    truth = box.truth.objects
    assert len(transients) > 20 and all(name.startswith("SN 20") for name in transients["d:fullname"])
    mine = transients[np.isin(transients["d:internalname"], truth["oid"])]
    row = mine[0]
    place = truth[truth["oid"] == row["d:internalname"]][0]
    assert (row["d:ra"], row["d:declination"]) == pytest.approx((place["meanra"], place["meandec"]), abs=1e-6)
    assert transients["d:redshift"].dtype.kind == "f" and (transients["d:redshift"] > 0).all()
    back = Fink.query_resolver(row["d:internalname"], "tns", reverse=True)
    assert row["d:fullname"] in back["d:fullname"] and set(back["d:internalname"]) == {row["d:internalname"]}
    assert np.ma.is_masked(back["d:type"][[name.startswith("AT") for name in back["d:fullname"]]][0])
    lower = Fink.query_resolver(row["d:fullname"].lower(), "tns", row_limit=-1)
    assert row["d:fullname"] in lower["d:fullname"]


def test_names_are_cut_at_the_limit_and_say_so(box, transients):
    with pytest.warns(MaxResultsWarning, match="row_limit=10"):
        some = Fink.query_resolver("SN 20", "tns")
    assert some["d:fullname"].tolist() == transients["d:fullname"][:10].tolist()


def test_a_class_that_is_misspelt_is_pointed_to_the_list(box):
    with pytest.warns(NoResultsWarning, match=r"class_name='SN Candidate'. The names of classes .* query_classes\(\)"):
        Fink.query_alerts(class_name="SN Candidate")


def test_rubin_knows_whole_names(box, transients):
    name = transients["d:fullname"][0]
    row, = Fink.query_resolver(name, "tns", survey="lsst")
    assert (row["f:fullname"], row["f:ra"]) == (name, transients["d:ra"][0])
    with pytest.warns(NoResultsWarning):
        Fink.query_resolver("SN 20", "tns", survey="lsst")


def test_an_object_in_reverse_may_be_an_integer_of_numpy(box, lsst_ids):
    objects = Fink.query_object(lsst_ids[0], columns="ra,dec")
    for id_ in (lsst_ids[0], int(lsst_ids[0]), objects["r:diaObjectId"][0]):
        row, = Fink.query_resolver(id_, reverse=True)
        assert int(row["r:diaObjectId"]) == int(lsst_ids[0])
        assert (row["r:ra"], row["r:dec"]) == (objects["r:ra"][0], objects["r:dec"][0])


def test_the_alerts_of_an_object_in_simbad_are_its_detections(box, showpiece):
    named, detections = (Fink.query_resolver(showpiece, reverse=True, row_limit=-1),
                         Fink.query_detections(showpiece, columns="candid,ra,dec"))
    order = np.argsort(named["i:jd"])
    for name in ("i:objectId", "i:candid", "i:jd", "i:ra", "i:dec"):
        assert named[name][order].tolist() == detections[name].tolist(), name
    assert named["i:candid"].dtype == np.int64


def test_bodies_have_all_their_designations(box):
    table = Fink.query_resolver("benoit", "ssodnet")
    assert table["i:ssnamenr"].tolist() == ["8467", "1981EV24"] and set(table["i:name"]) == {"Benoitcarry"}
    alerts = Fink.query_sso("8467", columns="magpsf")
    back = Fink.query_resolver(alerts["i:objectId"][0], "ssodnet", reverse=True)
    assert set(back["i:name"]) == {"Benoitcarry"}
    rubin = Fink.query_resolver("8467", "ssodnet", survey="lsst", row_limit=-1)
    assert rubin["r:diaSourceId"].dtype == np.int64
    # Nothing is lost in the digits of ids.
    assert set(rubin["r:diaSourceId"].tolist()) == set(Fink.query_sso("8467", survey="lsst")["r:diaSourceId"].tolist())


def test_rubin_has_no_other_word_for_a_body_that_nobody_knows(box):
    with pytest.raises(BrokerError, match="answers so too where.*not know"):
        Fink.query_resolver("kdflsjffld", "ssodnet", survey="lsst")


def test_the_region_of_an_event_is_the_same_by_name_and_by_file(box, synthetic, tmp_path):
    with pytest.raises(RejectedQueryError, match="No Superevent matches"):
        Fink.query_skymap("S200219ac")
    store = Store(synthetic.truth._path)
    file = skymaps.event_file(store)
    store.close()
    path = tmp_path / "bayestar.fits"
    path.write_bytes(gzip.decompress(file))
    for survey, start in (("ztf", "v:jdstartgw"), ("lsst", "v:startgwMjdTai")):
        tables = [Fink.query_skymap(**what, credible_level=0.9, survey=survey)
                  for what in ({"event": skymaps.EVENT}, {"skymap": file}, {"skymap": path})]
        assert len(tables[0]) and all(table.colnames == tables[0].colnames for table in tables)
        for table in tables:
            assert table["i:objectId" if survey == "ztf" else "r:diaSourceId"].tolist() == tables[0][
                "i:objectId" if survey == "ztf" else "r:diaSourceId"].tolist()
        moment = skymaps.SkyMap(file).time
        expected = moment.jd if survey == "ztf" else moment.tai.mjd
        assert np.allclose(tables[0][start], expected, rtol=0, atol=1e-8)
        assert tables[0][start].meta["time"]["scale"] == {"ztf": "utc", "lsst": "tai"}[survey]
    whole = Fink.query_skymap(skymaps.EVENT, credible_level=0.9, days_before=0, days_after=20)
    away = whole["i:jdstarthist"] - whole["v:jdstartgw"]
    assert len(whole) and (away >= 0).all() and (away <= 20).all()


def test_statistics_are_the_counts_of_the_sky(box, synthetic):
    table = Fink.query_statistics()
    nights = [name.removeprefix("ztf_") for name in table["key:key"]]
    days = Time(np.floor(synthetic.truth.detections["mjd"]), format="mjd").strftime("%Y%m%d")
    expected, counts = np.unique(days, return_counts=True)
    assert nights == expected.tolist() and table["basic:sci"].tolist() == counts.tolist()
    assert (table["basic:n_g"] + table["basic:n_r"] <= table["basic:sci"]).all()
    night = Fink.query_statistics(Time(f"{nights[5][:4]}-{nights[5][4:6]}-{nights[5][6:]}"))
    assert night["basic:sci"].tolist() == [counts[5]]
    month = Fink.query_statistics(nights[5][:6])
    assert month["basic:sci"].tolist() == counts[[day[:6] == nights[5][:6] for day in nights]].tolist()
    rubin = Fink.query_statistics(survey="lsst")
    by_band = sum(np.asarray(rubin[f"f:alerts_{band}"]) for band in "ugrizy")
    assert by_band.tolist() == rubin["f:alerts"].tolist() and rubin["f:alerts"].dtype.kind == "i"


def test_what_people_wrote_is_found_by_object_and_by_name(box):
    table = Fink.query_metadata()
    assert len(table) == 3
    row = table[0]
    for found in (Fink.query_metadata(row["i:objectId"]), Fink.query_metadata(internal_name=row["d:internal_name"])):
        assert [found[name][0] for name in table.colnames] == [row[name] for name in table.colnames] and len(found) == 1
    assert (row["d:comments"], row["d:username"]) == ("made up", "sandbox")
