# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's dialects read requests, and refuse them, as the real servers do (reference of the services, 1.3 and 1.6)."""

import pytest

ENDPOINTS = {
    "fink.ztf_url": ["objects", "conesearch", "latests", "classes", "sso", "ssocand", "ssoft", "ssobulk", "resolver",
                     "tracklet", "anomaly", "statistics", "cutouts", "skymap", "schema", "metadata"],
    "fink.lsst_url": ["sources", "objects", "fp", "conesearch", "cutouts", "tags", "blocks", "sso", "schema",
                      "statistics", "skymap", "resolver", "ssoft", "ssobulk"]}
INTERNAL = {"message": "Internal Server Error"}


@pytest.fixture(params=ENDPOINTS)
def host(request, synthetic):
    return synthetic.urls[request.param], ENDPOINTS[request.param]


@pytest.fixture(scope="module")
def get(synthetic, session):
    def ask(path, **arguments):
        return session.get(f"{synthetic.urls['fink.ztf_url']}/api/v1/{path}", params=arguments, timeout=30)
    return ask


def test_every_endpoint_is_there_and_listed(host, session):
    url, names = host
    document = session.get(f"{url}/swagger.json", timeout=30).json()
    assert set(document["paths"]) == {f"/api/v1/{name}" for name in names}
    assert document["info"]["version"] == "3.5.0"
    assert "swagger" in session.get(f"{url}/", timeout=30).text
    for name in names:
        reply = session.get(f"{url}/api/v1/{name}", timeout=30)
        assert reply.status_code == 200
        with_json = name in ("classes", "blocks", "tags") or (name == "schema" and "ztf" in url)
        assert reply.headers["content-type"].startswith("application/json" if with_json else "text/html")
        assert session.get(f"{url}/api/v1/{name}/", timeout=30).status_code == 404


def test_missing_arguments(fink_ztf, fink_lsst, get):
    words = "{'status': 'error', 'text': 'A value for `%s` is required. See https://api.ztf.fink-portal.org \\n'}"
    for reply, name in ((fink_ztf("objects"), "objectId"), (fink_lsst("sources"), "diaObjectId"),
                        (fink_ztf("conesearch", ra=1, dec=2), "radius"), (fink_ztf("latests"), "class"),
                        (get("objects", objectid="ZTF18aaaaaaa"), "objectId")):
        assert (reply.status_code, reply.text) == (400, words % name)
        assert reply.headers["content-type"].startswith("text/html")


def test_bodies_that_are_not_json(synthetic, session):
    url = f"{synthetic.urls['fink.ztf_url']}/api/v1/objects"
    form = session.post(url, data={"objectId": "ZTF18aaaaaaa"}, timeout=30)
    assert form.status_code == 415 and form.json()["message"].startswith("Did not attempt to load JSON data")
    broken = session.post(url, data="{", headers={"Content-Type": "application/json"}, timeout=30)
    assert broken.status_code == 400 and broken.json()["message"].startswith("The browser (or proxy) sent a request")
    for method, path in (("PUT", url), ("DELETE", url), ("POST", url.replace("objects", "classes"))):
        reply = session.request(method, path, json={}, timeout=30)
        assert (reply.status_code, reply.json()) == (405, {
            "message": "The method is not allowed for the requested URL."})
    unknown = session.get(url.replace("objects", "explorer"), timeout=30)
    assert unknown.status_code == 404 and unknown.text.startswith("<!doctype html>")


def test_a_query_string_beats_the_body(synthetic, session, showpiece):
    url = f"{synthetic.urls['fink.ztf_url']}/api/v1/objects"
    reply = session.post(url, params={"columns": "i:jd"}, json={"objectId": showpiece}, timeout=30)
    assert reply.status_code == 400 and "`objectId` is required" in reply.text


def test_get_has_text_for_everything(get, fink_ztf, showpiece):
    def tags(**arguments):
        return {row.get("d:tag") for row in get("objects", objectId=showpiece, columns="i:jd", **arguments).json()}

    assert tags(withupperlim="true") == tags(withupperlim="1") == {None}
    assert tags(withupperlim="True") == {"valid", "upperlim", "badquality"}
    # Numbers for the driver of the database must be numbers, others are converted.
    assert get("resolver", resolver="tns", name="", nmax="3").json() == INTERNAL
    assert len(fink_ztf("resolver", resolver="tns", name="", nmax=3).json()) == 3
    assert len(get("latests", n="3", **{"class": "Unknown"}).json()) == 3
    # The direction of the resolver cannot be turned by GET.
    names = get("resolver", resolver="tns", name=showpiece, reverse="True").json()
    assert names == [] != fink_ztf("resolver", resolver="tns", name=showpiece, reverse=True).json()
    # Any value switches these on.
    assert "v:rate" in get("latests", color="false", **{"class": "Unknown"}).json()[0]
    assert "H_1" in get("ssoft", schema="False").json()


@pytest.mark.parametrize("columns, names", [
    ("i:jd, i:magpsf", ["i:jd", "i:magpsf"]), ("i:magpsf,i:jd", ["i:jd", "i:magpsf"]),
    ("i:jd,i:nonsense,v:classification,jd", ["i:jd"]), ("i:nonsense", None), ("", None)])
def test_columns(fink_ztf, showpiece, columns, names):
    rows = fink_ztf("objects", objectId=showpiece, columns=columns).json()
    assert rows == [] if names is None else list(rows[0]) == names


def test_columns_as_an_array_break_the_server(fink_ztf, fink_lsst, showpiece, rubin_showpiece):
    assert fink_ztf("objects", objectId=showpiece, columns=["i:jd"]).json() == INTERNAL
    assert fink_ztf("objects", objectId=[showpiece]).json() == []
    assert fink_lsst("sources", diaObjectId=[rubin_showpiece]).json() == []


def test_identifiers_that_are_no_text_break_the_server(fink_ztf, fink_lsst, rubin_showpiece):
    number = int(rubin_showpiece)
    for reply in (fink_ztf("objects", objectId=5), fink_ztf("objects", objectId=None),
                  fink_lsst("sources", diaObjectId=number), fink_lsst("objects", diaObjectId=number),
                  fink_lsst("fp", diaObjectId=number), fink_lsst("cutouts", diaSourceId=number, kind="Science")):
        assert (reply.status_code, reply.json()) == (500, INTERNAL)


def test_ztf_names_match_by_their_beginning(fink_ztf, synthetic, showpiece):
    oids = synthetic.truth.objects["oid"].tolist()

    def found(text):
        return {row["i:objectId"] for row in fink_ztf("objects", objectId=text, columns="i:objectId").json()}

    assert found("ZTF24") == {oid for oid in oids if oid.startswith("ZTF24")}
    # An empty element is the beginning of every name; a name brings 10 000 rows at most.
    rows = fink_ztf("objects", objectId=f"{showpiece},", columns="i:objectId").json()
    mine = [row for row in rows if row["i:objectId"] == showpiece]
    assert len(rows) == 10000 + len(mine) and len({row["i:objectId"] for row in rows}) > 100
    assert found(f" {oids[0]} , {oids[1]}") == set(oids[:2])
    assert found("ZTF99aaaaaaa") == set()
    assert len(fink_ztf("objects", objectId=f"{showpiece},{showpiece}", columns="i:jd").json()) == len(
        fink_ztf("objects", objectId=showpiece, columns="i:jd").json())


def test_a_part_of_a_rubin_identifier_finds_nothing(fink_lsst, rubin_showpiece):
    assert fink_lsst("sources", diaObjectId=rubin_showpiece[:-2]).json() == []
    rows = fink_lsst("sources", diaObjectId=f"{rubin_showpiece},", columns="r:diaObjectId").json()
    assert {row["r:diaObjectId"] for row in rows} == {int(rubin_showpiece)}


def test_one_measurement_by_its_time(fink_lsst, rubin_showpiece):
    rows = fink_lsst("sources", diaObjectId=rubin_showpiece).json()
    mjd = rows[3]["r:midpointMjdTai"]
    one = fink_lsst("sources", diaObjectId=rubin_showpiece, midpointMjdTai=mjd).json()
    assert [row["r:diaSourceId"] for row in one] == [rows[3]["r:diaSourceId"]]
    # The beginning of the text is enough; it is not heeded for lists.
    day = fink_lsst("sources", diaObjectId=rubin_showpiece, midpointMjdTai=str(mjd)[:5]).json()
    assert len(day) == sum(str(row["r:midpointMjdTai"]).startswith(str(mjd)[:5]) for row in rows)
    assert len(fink_lsst("sources", diaObjectId=f"{rubin_showpiece},1", midpointMjdTai=mjd).json()) == len(rows)


def test_dates(fink_ztf, fink_lsst):
    for reply in (fink_ztf("latests", startdate=2459000.5, **{"class": "Unknown"}),
                  fink_ztf("latests", startdate="59000", **{"class": "Unknown"}),
                  fink_ztf("anomaly", start_date="yesterday"), fink_lsst("tags", tag="in_tns", startdate=61000)):
        assert reply.json() == INTERNAL
    assert fink_ztf("latests", startdate="2030-01-01", **{"class": "Unknown"}).json() == []
    # The wrong spelling is no date at all.
    assert len(fink_ztf("anomaly", startdate="2030-01-01").json()) == 10
