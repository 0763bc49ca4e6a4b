# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What Fink's documentation tells its users to do works with another host: requests and pandas, plots, cutouts."""

import io

import numpy as np
import pytest
import requests
from astropy.io import fits, votable

pd = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")


@pytest.fixture()
def ztf(synthetic):
    return synthetic.urls["fink.ztf_url"]


@pytest.fixture()
def lsst(synthetic):
    return synthetic.urls["fink.lsst_url"]


def test_light_curve_by_name(ztf, showpiece):
    r = requests.post(f"{ztf}/api/v1/objects", json={"objectId": showpiece, "output-format": "json"})
    pdf = pd.read_json(io.BytesIO(r.content))
    assert len(pdf) > 100 and pdf["i:magpsf"].min() < 16


@pytest.mark.parametrize("form", ["json", "csv", "parquet", "votable"])
def test_four_formats(lsst, rubin_showpiece, form):
    r = requests.post(f"{lsst}/api/v1/sources", json={
        "diaObjectId": rubin_showpiece, "columns": "r:diaSourceId,r:midpointMjdTai,r:psfFlux,r:band",
        "output-format": form})
    if form == "json":
        pdf = pd.read_json(io.BytesIO(r.content))
    elif form == "csv":
        pdf = pd.read_csv(io.BytesIO(r.content))
    elif form == "parquet":
        pdf = pd.read_parquet(io.BytesIO(r.content))
    else:
        pdf = votable.parse(io.BytesIO(r.content)).get_first_table().to_table(use_names_over_ids=True).to_pandas()
    assert set(pdf.columns) >= {"r:diaSourceId", "r:midpointMjdTai", "r:psfFlux", "r:band"}
    assert np.all(np.diff(pdf["r:midpointMjdTai"]) < 0)


def test_several_objects_at_once(ztf, synthetic):
    names = synthetic.truth.objects["oid"][:3].tolist()
    r = requests.post(f"{ztf}/api/v1/objects", json={"objectId": ",".join(names), "columns": "i:objectId,i:jd"})
    assert set(pd.read_json(io.BytesIO(r.content))["i:objectId"]) == set(names)


def test_plot_with_upper_limits(ztf, showpiece, tmp_path):
    plt = pytest.importorskip("matplotlib.pyplot")
    r = requests.post(f"{ztf}/api/v1/objects", json={"objectId": showpiece, "withupperlim": True})
    pdf = pd.read_json(io.BytesIO(r.content))
    mjd = pdf["i:jd"].apply(lambda x: x - 2400000.5)
    fig, ax = plt.subplots()
    for filt in np.unique(pdf["i:fid"]):
        mask = pdf["i:fid"] == filt
        valid, upper, bad = (mask & (pdf["d:tag"] == tag) for tag in ("valid", "upperlim", "badquality"))
        assert valid.any() and upper.any() and bad.any()
        ax.errorbar(mjd[valid], pdf["i:magpsf"][valid], pdf["i:sigmapsf"][valid], ls="", marker="o")
        ax.plot(mjd[upper], pdf["i:diffmaglim"][upper], ls="", marker="v")
        ax.errorbar(mjd[bad], pdf["i:magpsf"][bad], pdf["i:sigmapsf"][bad], ls="", marker="^")
    ax.invert_yaxis()
    fig.savefig(tmp_path / "curve.png")
    plt.close(fig)
    assert (tmp_path / "curve.png").stat().st_size > 5000


def test_cone_then_light_curves(lsst):
    r = requests.post(f"{lsst}/api/v1/conesearch", json={"ra": 185.0, "dec": 15.0, "radius": 600,
                                                         "columns": "r:diaObjectId,r:psfFlux"})
    pdf = pd.read_json(io.BytesIO(r.content))
    ids = pdf["r:diaObjectId"].astype(str)
    r = requests.post(f"{lsst}/api/v1/sources", json={"diaObjectId": ",".join(ids), "columns": "r:diaObjectId"})
    assert set(pd.read_json(io.BytesIO(r.content))["r:diaObjectId"].astype(str)) == set(ids)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_cutouts(ztf, lsst, showpiece, rubin_showpiece, survey):
    url = {"ztf": ztf, "lsst": lsst}[survey] + "/api/v1/cutouts"
    if survey == "ztf":
        who, key = {"objectId": showpiece}, "b:cutoutScience_stampData"
    else:
        sources = requests.post(f"{lsst}/api/v1/sources", json={"diaObjectId": rubin_showpiece,
                                                                "columns": "r:diaSourceId"}).json()
        replies = [requests.post(url, json={"diaSourceId": str(row["r:diaSourceId"]), "kind": "Science"})
                   for row in sources[:10]]
        # A cutout that is not there is an empty picture.
        number = next(row["r:diaSourceId"] for row, reply in zip(sources, replies) if reply.content)
        who, key = {"diaSourceId": str(number)}, "b:cutoutScience"
    r = requests.post(url, json={**who, "kind": "Science"})
    assert r.headers["content-type"] == "image/png" and r.content[:4] == b"\x89PNG"
    mpimg = pytest.importorskip("matplotlib.image")
    picture = mpimg.imread(io.BytesIO(r.content))
    r = requests.post(url, json={**who, "kind": "Science", "output-format": "FITS"})
    assert r.headers["content-type"] == "application/octet-stream" and ".fits" in r.headers["content-disposition"]
    with fits.open(io.BytesIO(r.content), ignore_missing_simple=True) as hdus:
        assert len(hdus) == {"ztf": 1, "lsst": 3}[survey]
        image = hdus[0].data.astype(float)
    r = requests.post(url, json={**who, "kind": "Science", "output-format": "array"})
    array = np.array(r.json()[key], dtype=float)
    assert picture.shape == array.shape == image.shape
    assert np.array_equal(array, image, equal_nan=True)
    # The first row of the picture is the first of the array.
    assert np.corrcoef(np.nan_to_num(array).ravel(), picture.ravel())[0, 1] > 0.7
    r = requests.post(url, json={**who, "kind": "All", "output-format": "array"})
    assert list(r.json()) == [key.replace("Science", kind) for kind in ("Science", "Template", "Difference")]
    refused = requests.post(url, json={**who, "kind": "All", "output-format": "FITS"})
    assert refused.status_code == 400 and "only compatible with `output-format=array`" in refused.text
    assert requests.post(url, json={**who, "kind": "science"}).status_code == 500


def test_looks_of_cutouts(ztf, showpiece):
    def png(**options):
        return requests.post(f"{ztf}/api/v1/cutouts", json={"objectId": showpiece, "kind": "Science", **options})

    plain, linear = png().content, png(stretch="linear").content
    assert png(pmin=10, pmax=90).content == plain
    assert png(stretch="linear", pmin=10, pmax=90).content != linear
    looks = [plain, linear, *(png(stretch=name).content for name in ("sqrt", "power", "log")),
             png(convolution_kernel="gauss").content, png(convolution_kernel="box").content]
    assert len(set(looks)) == 7
    mpimg = pytest.importorskip("matplotlib.image")
    assert mpimg.imread(io.BytesIO(plain)).shape == (63, 63)
    assert mpimg.imread(io.BytesIO(png(colormap="Blues").content)).shape == (63, 63, 4)
    for options in ({"colormap": "nope"}, {"convolution_kernel": "nope"}, {"candid": 5}, {"objectId": "ZTF99aaaaaaa"}):
        assert png(**options).status_code == 500


def test_cutouts_in_light_curves(ztf, synthetic, showpiece):
    truth = synthetic.truth.detections
    mine = truth[truth["oid"] == showpiece]
    r = requests.post(f"{ztf}/api/v1/objects", json={
        "objectId": showpiece, "withcutouts": True, "cutout-kind": "Science", "columns": "i:objectId,i:candid"})
    rows = {str(row["i:candid"]): row["b:cutoutScience_stampData"] for row in r.json()}
    # What cannot be read is an empty list.
    assert {len(rows[candid]) for candid in mine["candid"][mine["has_stamp"]]} == {63}
    assert {len(rows[candid]) for candid in mine["candid"][~mine["has_stamp"]]} == {0}
    assert requests.post(f"{ztf}/api/v1/objects", json={"objectId": showpiece, "withcutouts": True,
                                                        "columns": "i:jd"}).status_code == 500


def test_table_of_solar_system_objects(ztf, lsst):
    r = requests.post(f"{ztf}/api/v1/ssoft", json={})
    pdf = pd.read_parquet(io.BytesIO(r.content))
    assert r.content[:4] == b"PAR1" and len(pdf.columns) == 59
    for flavor, count in (("SHG1G2", 59), ("SOCCA", 62), ("HG1G2", 45), ("HG", 41)):
        assert len(requests.post(f"{ztf}/api/v1/ssoft", json={"schema": True, "flavor": flavor}).json()) == count
    one = requests.post(f"{ztf}/api/v1/ssoft", json={"sso_name": "Benoitcarry"})
    assert [row["sso_number"] for row in one.json()] == [8467]
    late = requests.post(f"{ztf}/api/v1/ssoft", json={"version": "2099.01"})
    assert (late.status_code, late.headers["content-type"]) == (200, "application/parquet")
    assert b"FileNotFoundException" in late.content
    for bad, words in (({"version": "2023.01"}, "version starts on 2023.07"), ({"flavor": "SSHG1G2"}, "flavor needs")):
        reply = requests.post(f"{ztf}/api/v1/ssoft", json=bad)
        assert reply.status_code == 400 and words in reply.text
    assert len(requests.post(f"{lsst}/api/v1/ssoft", json={"schema": True}).json()) == 41
    bulk = pd.read_parquet(io.BytesIO(requests.post(f"{lsst}/api/v1/ssobulk", json={}).content))
    assert len(bulk["cmagpsf"].iloc[0]) == len(bulk["cmidpointMjdTai"].iloc[0]) == 12


def test_candidates_of_the_solar_system(ztf):
    orbits = requests.post(f"{ztf}/api/v1/ssocand", json={"kind": "orbParams"}).json()
    curves = requests.post(f"{ztf}/api/v1/ssocand", json={"kind": "lightcurves"}).json()
    # The orbits of all, the light curves since Fink began in November 2019.
    found = {row["d:ssoCandId"] for row in curves}
    assert set() < found < {row["d:ssoCandId"] for row in orbits}
    assert all(row["d:jd"] >= 2458788.5 for row in curves)
    assert {"d:a", "d:e", "d:i"} < set(orbits[0]) and {"d:jd", "d:magpsf"} < set(curves[0])
    one = curves[0]["d:ssoCandId"]
    mine = requests.post(f"{ztf}/api/v1/ssocand", json={"kind": "lightcurves", "ssoCandId": one, "maxnumber": 1})
    assert [row["d:ssoCandId"] for row in mine.json()] == [one]
    assert requests.post(f"{ztf}/api/v1/ssocand", json={"kind": "orbits"}).status_code == 500
