# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The contract, kept by AMPEL: the sandbox's, or any archive and catalogue server that the command line names.

All that the archive has to have is an object with three alerts, which is looked for. Of the catalogue server nothing is
expected but that its list is not empty.
"""

import uuid
import warnings

import numpy as np
import pytest
from astropy import units as u
from astroquery.exceptions import NoResultsWarning

from astroquery_brokers.ampel import AmpelClass
from astroquery_brokers.ampel.selections import Selection
from astroquery_brokers.exceptions import (AuthenticationError, ObjectNotFoundError, PartialResultWarning,
                                           RejectedQueryError)
from astroquery_brokers.replies import decode_json
from astroquery_brokers.transport import Deadline
from astroquery_brokers.verbs import Plan

from .contract import Contract, pytest_generate_tests  # noqa: F401

FIRST = 58270.0  # MJD of the first alerts of ZTF, 2018 June


@pytest.fixture(scope="session")
def archive(ampel_settings):
    """Settings for the archive."""
    return ampel_settings("archive")


@pytest.fixture(scope="session")
def three(archive):
    """The name of an object with three alerts or more."""
    broker = AmpelClass(**archive)
    for days in (1, 10, 100, 1000, 10000):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = broker.query_alerts(time=(FIRST, FIRST + days), row_limit=200)
        for name in dict.fromkeys(found["objectId"].tolist()):
            if broker.query_object(name)["n_alerts"][0] >= 3:
                return name
    pytest.fail("the archive has no object with three alerts")


class TestAmpelArchive(Contract):
    verbs = ("query_detections", "query_object", "query_lightcurve", "query_alerts")
    lists, object_id = "query_object", "objectId"

    @staticmethod
    def sign(detections):
        return np.where(np.isin(detections["isdiffpos"], ("t", "1")), 1, -1)

    @staticmethod
    def mjd(detections):
        return detections["jd"] - 2400000.5

    @pytest.fixture
    def broker(self, archive, tmp_path):
        made = AmpelClass(**archive)
        made.cache_location = tmp_path / "cache"
        return made

    @pytest.fixture
    def known(self, three):
        return three

    @pytest.fixture
    def unknown(self):
        return "ZTF17zzzzzzz"

    @pytest.fixture
    def alerts(self, broker, known):
        return broker.query_alerts(known)

    def test_upper_limits_have_no_number(self, broker, known, unknown):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoResultsWarning)
            limits, nothing = broker.query_non_detections(known), broker.query_non_detections(unknown)
        assert "candid" not in limits.colnames and set(limits.colnames) >= set(nothing.colnames)
        curve = broker.query_lightcurve(known)
        assert len(limits) == (curve["kind"] == "upper_limit").sum() and len(nothing) == 0

    def test_an_alert_by_its_number_is_that_of_its_object(self, broker, alerts):
        packet, = AmpelClass(archive_url=broker._setting("archive_url")).get_alerts(candid=alerts["candid"][0])
        assert packet["candid"] == alerts["candid"][0] and packet["objectId"] == alerts["objectId"][0]
        assert packet["candidate"]["jd"] == alerts["jd"][0]
        with pytest.raises(ObjectNotFoundError):
            broker.get_alerts(candid=1)

    def test_every_search_finds_the_alerts_of_an_object(self, broker, known, alerts):
        pytest.importorskip("mocpy")
        from astropy.coordinates import Latitude, Longitude
        from mocpy import MOC

        place = broker.query_object(known).coords[0]
        moc = MOC.from_cone(Longitude(place.ra), Latitude(place.dec), max_depth=12, radius=1 * u.arcmin)
        mjd = alerts.time.utc.mjd
        around = (mjd.min() - 1e-6, mjd.max() + 1e-6)
        wanted = set(alerts["candid"].tolist())
        for where in (dict(coordinates=place, radius="1 arcmin"), dict(skymap=moc), dict(
                pixels=int(MOC.from_cone(place.ra, place.dec, max_depth=6, radius=1e-3 * u.arcsec).to_order(6)
                           .flatten()[0]), nside=64)):
            found = broker.query_alerts(time=around, row_limit=-1, **where)
            assert set(found["candid"].tolist()) >= wanted, where
            assert len(set(found["candid"].tolist())) == len(found) == broker.count_alerts(time=around, **where)
            assert {packet["candid"] for packet in broker.get_alerts(time=around, row_limit=-1, **where)} == set(
                found["candid"].tolist())

    def test_windows_have_their_beginning_and_not_their_end(self, broker, known, alerts):
        mjd = alerts["jd"] - 2400000.5
        inside = broker.query_alerts(known, time=(mjd.min(), mjd.max()))
        assert set(inside["jd"].tolist()) == set(alerts["jd"].tolist()) - {alerts["jd"].max()}

    def test_filters_choose_rows(self, broker, known, alerts):
        middle = sorted(alerts["magpsf"].tolist())[len(alerts) // 2]
        found = broker.query_alerts(known, filters={"magpsf": (None, middle), "fid": [1, 2, 3]})
        assert set(found["candid"].tolist()) == set(alerts["candid"][alerts["magpsf"] <= middle].tolist())

    def test_a_query_that_fails_is_told_in_one_line(self, broker, known):
        # The client would not let it pass.
        start = Selection(objects=(known,), filters={"isdiffpos": {"$in": ["t", 1]}}).start(chunk_size=10)
        answer = broker._answer(start, plan=Plan([start], "a stream", "ztf"), policy_of=broker._policy,
                                deadline=Deadline(60.0), cache=False, raw=False)
        token = decode_json(answer.responses[0], broker="AMPEL")["resume_token"]
        with pytest.raises(RejectedQueryError, match="could not fill the stream: .") as caught:
            list(broker.resume_stream(token))
        assert "\n" not in str(caught.value) and "SELECT" not in str(caught.value)

    def test_a_stream_is_complete_and_without_repeats(self, broker, known, alerts, tmp_path):
        stream = broker.start_stream(known, chunk_size=1, folder=tmp_path)
        chunks = [(len(chunk), chunk.alerts[0]["candid"]) for chunk in stream]
        assert {size for size, _ in chunks} == {1}
        assert sorted(candid for _, candid in chunks) == sorted(alerts["candid"].tolist())
        assert broker.stream_status(stream.resume_token)["state"] == "done" and stream.remaining == 0
        again = broker.resume_stream(stream.resume_token, folder=tmp_path)
        assert list(again) == [] and sum(map(len, again.stored())) == len(alerts)

    def test_a_topic_is_a_stream(self, broker, alerts):
        topic = broker.create_topic(alerts["candid"], "a test of the client")
        chunks = broker.start_stream(topic=topic)
        assert sorted(alert["candid"] for chunk in chunks for alert in chunk.alerts) == sorted(alerts["candid"])
        with pytest.raises(RejectedQueryError):
            broker.create_topic([1, 2], "nothing")

    def test_what_is_not_there(self, broker):
        with pytest.raises(ObjectNotFoundError):
            broker.stream_status("nonesuch")
        with pytest.raises(ObjectNotFoundError):
            broker.start_stream(topic="nonesuch")

    def test_tokens_are_asked_for_and_known(self, archive, known):
        without = {item: value for item, value in archive.items() if item != "archive_token"}
        stranger = AmpelClass(**without, archive_token=str(uuid.uuid4()))
        with pytest.raises(AuthenticationError):
            stranger.query_alerts(known, cache=False)
        with pytest.raises(AuthenticationError):
            stranger.query_lightcurve(known, cache=False)
        with pytest.raises(AuthenticationError):
            stranger.start_stream(known)

    def test_exact_numbers_and_text(self, alerts):
        assert alerts["candid"].dtype == np.int64 and alerts["objectidps1"].dtype == np.int64
        assert set(alerts["isdiffpos"].tolist()) <= {"t", "f", "0", "1"}


class TestAmpelCatalogs:
    PLACES = ("5 5", "185.0 15.0", "265 -89.58", "0 0")

    @pytest.fixture
    def broker(self, ampel_settings, tmp_path):
        made = AmpelClass(**ampel_settings("catalogmatch"))
        made.cache_location = tmp_path / "cache"
        return made

    @pytest.fixture
    def catalogs(self, broker):
        listed = broker.list_catalogs()
        assert len(listed) and set(listed["use"].tolist()) <= {"catsHTM", "extcats"}
        return listed["name"].tolist()

    def test_columns_are_listed(self, broker, catalogs):
        columns = broker.list_catalogs(columns=True)
        assert set(columns["catalog"].tolist()) <= set(catalogs) and len(columns)

    @pytest.mark.parametrize("place", PLACES)
    def test_the_three_matches_agree(self, broker, catalogs, place):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", (NoResultsWarning, PartialResultWarning))
            every, nearest = (broker.query_catalogs(place, "60 arcsec", match=match) for match in ("all", "nearest"))
            there = broker.query_catalogs(place, "60 arcsec", match="any")
        assert set(nearest) <= set(every) | set(every.failures["item"])
        for name in set(every) & set(nearest):
            assert (np.diff(every[name]["separation"]) >= 0).all()
            assert nearest[name]["separation"].tolist() == every[name]["separation"].tolist()[:1]
            assert every[name]["separation"].max() <= 60.01
            if {"RA", "Dec"} <= set(every[name].colnames):
                assert every[name]["RA"].unit == u.deg and every[name]["RA"].max() <= 360
        found = {name for name, matched in zip(there["catalog"].tolist(), there["matched"].tolist()) if matched}
        assert found >= set(nearest) - set(_may_miss(broker, catalogs))

    def test_an_unknown_catalogue_is_refused(self, broker):
        with pytest.raises(RejectedQueryError, match="nope"):
            broker.query_catalogs("5 5", "5 arcsec", "nope")


def _may_miss(broker, catalogs):
    """Catalogues of which ``any`` can miss a source."""
    listed = broker.list_catalogs()
    return listed["name"][listed["use"] == "extcats"].tolist()
