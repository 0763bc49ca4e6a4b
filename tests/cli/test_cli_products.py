# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Images and catalogues on the command line."""

import io
import json
import sys

import numpy as np
import pytest
from astropy.io import fits

from astroquery_brokers import Alerce
from astroquery_brokers.tables.files import read_table

IDS = ("ZTF24abuwikp", "ZTF19ackzozm")
NAMES = ["SCIENCE", "TEMPLATE", "DIFFERENCE"]
PNG = b"\x89PNG\r\n"
CONE = ("catalogs", "185.0", "15.0", "2arcmin")

pytestmark = pytest.mark.usefixtures("box")


def check_images(content, expected):
    with fits.open(io.BytesIO(content)) as found:
        assert [hdu.name for hdu in found] == [hdu.name for hdu in expected]
        for one, other in zip(found, expected):
            np.testing.assert_array_equal(one.data, other.data)
            assert (one.header["OBJECT"], one.header["CANDID"]) == (other.header["OBJECT"], other.header["CANDID"])


def refused(ran, *said):
    assert ran.status == 2 and not ran.output and all(text in ran.errors for text in said), ran.errors
    assert len(ran.errors.splitlines()) == 1


def test_images_of_one_alert_into_a_file_and_on_a_pipe(run, tmp_path):
    expected = Alerce.get_cutouts(IDS[0])
    path = tmp_path / "cutouts.fits"
    path.write_text("old")
    ran = run("cutouts", IDS[0], "-o", path)
    assert (ran.status, ran.output) == (0, b"") and ran.errors.endswith(f"wrote 3 images to {path}\n")
    check_images(path.read_bytes(), expected)
    check_images(run("cutouts", IDS[0]).output, expected)
    check_images(run("cutouts", "--candid", expected[0].header["CANDID"], IDS[0], "-o", "-").output, expected)
    run("cutouts", IDS[0], "-o", tmp_path / "cutouts.fits.gz")
    with fits.open(tmp_path / "cutouts.fits.gz") as packed:
        assert [hdu.name for hdu in packed] == NAMES
    assert (tmp_path / "cutouts.fits.gz").read_bytes()[:2] == b"\x1f\x8b"


def test_images_of_rubin_with_all_planes(run, tmp_path, box):
    objects = box.truth.lsst_objects
    oid = str(objects["oid"][objects["n_det"].argmax()])
    ran = run("cutouts", oid, "--include-variance-and-psf", "-o", tmp_path / "rubin.fits")
    assert ran.status == 0, ran.errors
    check_images((tmp_path / "rubin.fits").read_bytes(), Alerce.get_cutouts(oid, include_variance_and_psf=True))


def test_images_of_many_alerts_are_a_file_each(run, tmp_path):
    (tmp_path / "ids.txt").write_text("\n".join(IDS))
    ran = run("cutouts", "--from", tmp_path / "ids.txt", "--outdir", tmp_path / "new" / "images")
    assert ran.status == 0 and "wrote 2 files" in ran.errors
    expected = Alerce.get_cutouts(list(IDS))
    names = [f"{images[0].header['OBJECT']}_{images[0].header['CANDID']}.fits" for images in expected]
    assert sorted(path.name for path in (tmp_path / "new" / "images").iterdir()) == sorted(names)
    for name, images in zip(names, expected):
        check_images((tmp_path / "new" / "images" / name).read_bytes(), images)
    candids = Alerce.query_detections(IDS[0])
    candids = candids["candid"][candids["has_stamp"]][:3].tolist()
    run("cutouts", IDS[0], "--candid", ",".join(map(str, candids)), "--outdir", tmp_path / "one")
    assert {path.name for path in (tmp_path / "one").iterdir()} == {f"{IDS[0]}_{one}.fits" for one in candids}


def test_figures_of_images(run, tmp_path):
    for words in (IDS[:1], IDS):
        ran = run("cutouts", *words, "--plot", tmp_path / "c.png")
        assert ran.status == 0 and ran.output == b"" and (tmp_path / "c.png").read_bytes().startswith(PNG)
        (tmp_path / "c.png").unlink()
    ran = run("cutouts", *IDS, "--plot", tmp_path / "c.pdf", "--outdir", tmp_path / "c")
    assert (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF") and len(list((tmp_path / "c").iterdir())) == 2


def test_what_arrived_is_written_and_the_status_tells_of_the_rest(run, box, tmp_path):
    candid = Alerce.get_cutouts(IDS[1])[0].header["CANDID"]
    box.faults = [{"path": f"*get_stamp*{candid}*template*", "status": 500}]
    ran = run("cutouts", *IDS, "--outdir", tmp_path, "--cache", "off")
    assert ran.status == 3 and "1 of 6 requests" in ran.errors
    assert [path.name.partition("_")[0] for path in tmp_path.iterdir()] == [IDS[0]]
    ran = run("cutouts", IDS[1], "-o", tmp_path / "x.fits", "--cache", "off")
    assert ran.status == 3 and not (tmp_path / "x.fits").exists()


@pytest.mark.parametrize("words", [("ZTF99aaaaaaa",), ("ZTF24abuwikp", "--candid", "12345")])
def test_no_images(run, tmp_path, words):
    ran = run("cutouts", *words, "-o", tmp_path / "x.fits")
    assert ran.status == 1 and not list(tmp_path.iterdir()) and len(ran.errors.splitlines()) == 1


@pytest.mark.parametrize("words, said", [
    ((), "object_id"), ((*IDS, "-o", "{0}/x.fits"), "--outdir DIR"), (IDS, "--outdir DIR"),
    ((IDS[0], "-o", "{0}/x.fits", "--outdir", "{0}/d"), "both"), ((IDS[0], "-o", "{0}"), "is a folder"),
    ((IDS[0], "--outdir", "{0}/file"), "is not a folder"), ((IDS[0], "--plot", "{0}/x.fits"), "kind of figure"),
    ((IDS[0], "--candid", "1,x", "-o", "{0}/x.fits"), "'x' is not a whole number"),
    ((IDS[0], "--service", "avr", "-o", "{0}/x.fits"), "Did you mean avro"),
    (("ZTF1", "-o", "{0}/x.fits"), "not an object id"), ((IDS[0], "--format", "fits"), "no option --format")])
def test_wrong_questions_for_images_are_refused(run, box, tmp_path, words, said):
    (tmp_path / "file").touch()
    before = len(box.requests)
    refused(run("cutouts", *(word.format(tmp_path) for word in words)), said)
    assert len(box.requests) == before and [path.name for path in tmp_path.iterdir()] == ["file"]


def test_images_do_not_go_to_a_terminal(run, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    refused(run("cutouts", IDS[0]), "binary", "-o FILE")


def test_what_would_be_asked_is_printed(run):
    asked = json.loads(run("cutouts", IDS[0], "--candid", "15", "--payload").text)
    assert [one["params"]["type"] for one in asked] == ["science", "template", "difference"]
    assert json.loads(run(*CONE, "--catalog", "NEDz", "--payload").text)["params"]["catalog"] == "NEDz"


# -- catalogues -----------------------------------------------------------------------------------------------------


def test_one_catalogue_is_a_table_like_all(run, tmp_path):
    expected = Alerce.query_catalogs("185.0 15.0", "2 arcmin", "GAIADR2")
    for path in (tmp_path / "gaia.vot", tmp_path / "gaia.ecsv"):
        ran = run(*CONE, "--catalog", "GAIA/DR2", "-o", path)
        assert ran.status == 0 and f"wrote {len(expected)} rows" in ran.errors
        table = read_table(path)
        assert table.colnames == expected.colnames and table["RA"].tolist() == expected["RA"].tolist()
        assert table["Plx"].unit == "mas"
    assert run(*CONE, "--catalog", "GAIADR2").output.startswith(b"<?xml")
    assert run(*CONE, "--catalog", "GAIADR2", "--format", "csv").lines[0] == ",".join(expected.colnames)


def test_all_catalogues_are_a_file_each(run, tmp_path):
    expected = Alerce.query_catalogs("185.0 15.0", "2 arcmin")
    ran = run(*CONE, "--outdir", tmp_path)
    assert ran.status == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"{name.replace('/', '_')}.vot" for name in expected}
    assert len(read_table(tmp_path / "GAIA_DR2.vot")) == len(expected["GAIA/DR2"])
    run(*CONE, "--outdir", tmp_path / "csv", "--format", "csv")
    assert (tmp_path / "csv" / "NEDz.csv").read_text().startswith("separation,RA,Dec,")


def test_all_catalogues_are_shown_one_below_the_other(run, monkeypatch):
    shown = run(*CONE, "--format", "table").text
    names = list(Alerce.query_catalogs("185.0 15.0", "2 arcmin"))
    assert [line for line in shown.splitlines() if line in names] == names
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert "GAIA/DR2\nALeRCE query_catalogs: " in run(*CONE).text


def test_objects_and_lists_of_positions(run, tmp_path):
    ran = run("catalogs", IDS[1], "3arcsec", "--catalog", "GAIADR2", "--format", "csv")
    assert ran.status == 0 and len(ran.lines) > 1
    (tmp_path / "t.csv").write_text("ra,dec\n185.0,15.0\n185.006,15.003\n")
    ran = run("catalogs", "--from", tmp_path / "t.csv", "1arcmin", "--catalog", "GAIADR2", "--format", "csv")
    assert ran.lines[0].startswith("query_index,") and {line[0] for line in ran.lines[1:]} == {"0", "1"}


def test_the_catalogues_are_listed_without_a_request(run, box):
    before = len(box.requests)
    lines = run("catalogs", "--list", "--format", "csv").lines
    assert lines[0] == "catalog,shown_as,description" and len(lines) == len(Alerce.list_catalogs()) + 1
    assert len(box.requests) == before


def test_nothing_found_in_catalogues(run, tmp_path):
    ran = run("catalogs", "10", "-60", "1arcsec", "--catalog", "GAIADR2", "--format", "csv")
    assert ran.status == 1 and len(ran.lines) == 1
    assert run("catalogs", "10", "-60", "1arcsec", "--outdir", tmp_path / "d").status == 1


@pytest.mark.parametrize("words, said", [
    (CONE, "--catalog NAME"), ((*CONE, "-o", "{0}/x.vot"), "--catalog NAME"), (("catalogs",), "are missing"),
    ((*CONE[:3], "2"), "has no unit"), ((*CONE, "--catalog", "GAIA", "-o", "{0}/x.vot"), "GAIA"),
    ((*CONE, "--catalog", "NEDz", "-o", "{0}/x.vot", "--outdir", "{0}/d"), "both"),
    ((*CONE, "--outdir", "{0}/file"), "is not a folder")])
def test_wrong_questions_for_catalogues_are_refused(run, box, tmp_path, words, said):
    (tmp_path / "file").touch()
    before = len(box.requests)
    refused(run(*(word.format(tmp_path) for word in words)), said)
    assert len(box.requests) == before and [path.name for path in tmp_path.iterdir()] == ["file"]


# -- another broker -------------------------------------------------------------------------------------------------


def test_another_broker_has_the_same_commands(run, tmp_path, box):
    cone = ("--broker", "ampel", "catalogs", "185.0", "15.0", "30arcsec")
    one = run(*cone, "--catalog", "milliquas", "--format", "csv")
    assert one.status == 0 and one.lines[0].startswith("separation,") and len(one.lines) > 1
    assert run(*cone, "--catalog", "milliquas,TNS", "--outdir", tmp_path, "--format", "csv").status == 0
    assert {path.name for path in tmp_path.iterdir()} == {"milliquas.csv", "TNS.csv"}
    refused(run(*cone, "--catalog", "milliquas,TNS"), "--outdir DIR")
    alerts = box.truth.detections[box.truth.detections["has_stamp"]]
    candid = alerts["candid"][alerts["mjd"].argmax()]  # images are kept for some months
    ran = run("--broker", "ampel", "cutouts", "--candid", candid, "-o", tmp_path / "c.fits")
    assert ran.status == 0, ran.errors
    with fits.open(tmp_path / "c.fits") as images:
        assert [hdu.name for hdu in images] == NAMES
