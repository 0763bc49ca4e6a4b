# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Starting, stopping and addressing the server process."""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest
import requests

from astroquery_brokers import sandbox
from astroquery_brokers.alerce import conf
from astroquery_brokers.sandbox import pointing
from astroquery_brokers.sandbox.client import Box

ROOT = Path(__file__).resolve().parents[2]


def _child(*arguments, **keywords):
    return subprocess.Popen([sys.executable, "-m", "astroquery_brokers.sandbox", "--n-objects", "5", *arguments],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, **keywords)


def _gone(url):
    try:
        requests.get(url, timeout=5)
    except requests.ConnectionError:
        return True
    return False


def test_running_stops_after_the_block():
    with sandbox.running(n_objects=5) as box:
        url, store = box.urls["alerce.ztf_url"], Path(box.truth._path)
        assert requests.get(f"{url}/objects/", timeout=10).status_code == 200
        assert url == f"{box.url}/ztf/v1" and box.urls["alerce.ztf_v2_url"] == f"{box.url}/v2/lightcurve"
        assert url in f"{box!r}/ztf/v1" or box.url in repr(box)
        assert store.exists()
    assert _gone(url) and not store.exists()
    box.stop()
    for name in ("requests", "faults"):
        with pytest.raises(RuntimeError, match="has stopped"):
            getattr(box, name)
    with pytest.raises(RuntimeError, match="has stopped"):
        box.truth.objects


def test_running_stops_after_an_error_and_while_busy():
    with pytest.raises(KeyError):
        with sandbox.running(n_objects=5, faults=[{"delay": 60}]) as box:
            with pytest.raises(requests.Timeout):
                requests.get(f"{box.url}/ztf/v1/objects/", timeout=0.3)
            began = time.perf_counter()
            raise KeyError
    assert time.perf_counter() - began < 3


def test_points_the_configuration():
    names = {"alerce": ("ztf_url", "ztf_v2_url", "lsst_url", "stamps_url", "avro_url", "catshtm_url", "tap_url"),
             "fink": ("ztf_url", "lsst_url"), "ampel": ("catalogmatch_url", "archive_url", "live_url")}
    items = {f"{broker}.{name}": (import_module(f"astroquery_brokers.{broker}").conf, name)
             for broker, mine in names.items() for name in mine}
    before = {item: getattr(*place) for item, place in items.items()}
    with sandbox.running(n_objects=5) as box:
        assert not set(before.values()) & set(box.urls.values())
        assert {item: getattr(*place) for item, place in items.items()} == box.urls
        assert len(set(box.urls.values())) == len(box.urls)
    assert {item: getattr(*place) for item, place in items.items()} == before


def test_brokers_ask_the_box_started_last_whichever_is_stopped():
    service = conf.ztf_url
    first, second, third = (sandbox.start(n_objects=5) for _ in range(3))
    try:
        assert conf.ztf_url == third.urls["alerce.ztf_url"]
        second.stop()
        assert conf.ztf_url == third.urls["alerce.ztf_url"]
        with first.configured():
            assert conf.ztf_url == first.urls["alerce.ztf_url"]
            third.stop()
            assert conf.ztf_url == first.urls["alerce.ztf_url"]
        assert conf.ztf_url == first.urls["alerce.ztf_url"]
    finally:
        for box in (first, second, third):
            box.stop()
    assert conf.ztf_url == service
    with sandbox.running(n_objects=5) as box:
        first.stop()
        assert conf.ztf_url == box.urls["alerce.ztf_url"]
    assert conf.ztf_url == service


def test_what_was_set_by_hand_stays():
    service, asked = conf.ztf_url, conf.lsst_url
    try:
        box = sandbox.start(n_objects=5)
        conf.ztf_url = "http://localhost:1/mine"
        with sandbox.running(n_objects=5) as above:
            assert conf.ztf_url == above.urls["alerce.ztf_url"]
            box.stop()
        assert (conf.ztf_url, conf.lsst_url) == ("http://localhost:1/mine", asked)
    finally:
        conf.ztf_url = service


def test_a_started_box_needs_no_variable():
    url = sandbox.start(n_objects=5).urls["alerce.ztf_url"]
    gc.collect()
    assert conf.ztf_url == url and requests.get(f"{url}/objects/", timeout=10).status_code == 200
    pointing._pointings[-1].box.stop()
    assert conf.ztf_url != url and _gone(url)


def test_a_started_box_ends_with_the_process():
    code = "from astroquery_brokers import sandbox; print(sandbox.start(n_objects=5).truth._path)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=30)
    assert done.stderr == "" and not Path(done.stdout.strip()).exists()


@pytest.mark.parametrize("options, words", [
    ({"latency": -1}, "latency is -1, not a number"), ({"latency": "1"}, "latency is '1'"),
    ({"latency": float("nan")}, "latency is nan"), ({"faults": "x"}, "faults is 'x', not a list"),
    ({"faults": {"status": 500}}, "not a list"), ({"faults": ["x"]}, "not a list"),
    ({"faults": [{"probability": 2}]}, "probability of a fault is 2, not 0 to 1"),
    ({"faults": [{"delay": -1}]}, "delay of a fault is -1, not 0 or more"), ({"faults": [{"status": 42}]}, "status")])
def test_trouble_that_cannot_be_made_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        sandbox.start(**options)


def test_same_content_same_root():
    roots = []
    for keywords in ({"n_objects": 5}, {"n_objects": 5}, {"n_objects": 6}, {"n_objects": 5, "seed": 7}):
        box = Box(**keywords)
        roots.append((box.url.rsplit("/", 1)[1], list(box.truth.detections["candid"])))
        box.stop()
    assert roots[0] == roots[1]
    assert len({word for word, _ in roots}) == 3
    assert roots[3][1] != roots[0][1]


def test_latency_and_faults_from_the_start():
    with sandbox.running(n_objects=5, latency=0.2, faults=[{"status": 503, "times": 1}]) as box:
        began = time.perf_counter()
        assert requests.get(f"{box.url}/ztf/v1/objects/", timeout=10).status_code == 503
        assert requests.get(f"{box.url}/ztf/v1/objects/", timeout=10).status_code == 200
        assert time.perf_counter() - began >= 0.4
        assert [entry["status"] for entry in box.requests] == [503, 200]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_quietly_on_a_signal(number):
    with _child() as process:
        started = json.loads(process.stdout.readline())
        assert started["url"].startswith("http://127.0.0.1:")
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, b"")
    assert not Path(started["store"]).exists()


def test_outlives_its_standard_input_unless_told():
    with _child() as process:
        started = json.loads(process.stdout.readline())
        process.stdin.close()
        time.sleep(0.5)
        assert requests.get(f"{started['url']}/ztf/v1/objects/", timeout=10).status_code == 200
        process.terminate()


def test_ends_with_its_parent():
    code = ("from astroquery_brokers.sandbox.client import Box; import os; "
            "box = Box(n_objects=5); print(box.url, flush=True); os._exit(1)")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    url = done.stdout.strip()
    assert url, done.stderr
    deadline = time.monotonic() + 5
    while not _gone(f"{url}/ztf/v1/objects/"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="signals to process groups are a POSIX matter")
def test_ctrl_c_is_for_the_parent():
    code = ("from astroquery_brokers.sandbox.client import Box; import os, signal; box = Box(n_objects=5)\n"
            "try:\n    os.killpg(0, signal.SIGINT); signal.pause()\n"
            "except KeyboardInterrupt:\n    print(len(box.requests), box.faults)\nbox.stop()")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30,
                          start_new_session=True)
    assert done.stdout.strip() == "0 []", done.stderr


def test_loopback_only():
    with _child("--host", "0.0.0.0") as process:
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 2 and b"not a loopback address" in errors


@pytest.mark.parametrize("module, extra", [("starlette", "server"), ("uvicorn", "server"), ("fastavro", "avro")])
def test_missing_libraries_are_named(tmp_path, monkeypatch, module, extra):
    (tmp_path / f"{module}.py").write_text(f"raise ModuleNotFoundError('No module named {module}', name={module!r})")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=rf"{module}.*astroquery_brokers\[{extra}\]"):
        Box(n_objects=5, alerts=tmp_path)


def test_import_is_light():
    code = ("import sys, astroquery_brokers.sandbox; "
            "print(sorted({'numpy', 'astropy', 'starlette', 'uvicorn', 'requests'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "[]", done.stderr


def test_server_imports_no_broker():
    code = ("import sys, pkgutil, importlib, astroquery_brokers.sandbox.server, astroquery_brokers.sandbox.build; "
            "from astroquery_brokers.sandbox import dialects; "
            "[importlib.import_module(f'{dialects.__name__}.{module.name}') "
            "for module in pkgutil.iter_modules(dialects.__path__)]; "
            "print(sorted({name.split('.')[1] for name in sys.modules if name.startswith('astroquery_brokers.')}), "
            "'astropy' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "['extras', 'gateway', 'sandbox'] False", done.stderr


def test_rubin_does_not_disturb_ztf():
    """The ZTF part of a sky is the same with and without the other."""
    from astroquery_brokers.sandbox.lsst_sky import LsstSky
    from astroquery_brokers.sandbox.sky import Sky

    alone, sky = Sky(60, 3), Sky(60, 3)
    rubin = LsstSky(sky, 3)
    assert rubin.n == 24 and len(rubin.detections()["mjd"]) > 100
    assert alone.rng.bit_generator.state == sky.rng.bit_generator.state
    for ours, theirs in ((alone.objects, sky.objects), (alone.visits, sky.visits)):
        assert all((ours[name] == theirs[name]).all() for name in ours)


def test_every_service_is_well(box):
    for name, path in {"lsst_url": "/object_api/healthcheck", "stamps_url": "/healthcheck",
                       "ztf_v2_url": "/healthcheck"}.items():
        assert requests.get(box.urls[f"alerce.{name}"] + path, timeout=10).json() == "OK"
    for name in ("lightcurve_api", "probability_api", "classifier_api", "magstat_api"):
        assert requests.get(f"{box.url}/{name}/healthcheck", timeout=10).json() == "OK"
    assert requests.get(f"{box.urls['alerce.tap_url']}/availability", timeout=60).status_code in (200, 501)


def test_a_kept_connection_is_not_slower(box):
    """Each reply on a connection in use once took 40 ms."""
    with requests.Session() as session:
        session.trust_env = False
        times = []
        for _ in range(20):
            began = time.perf_counter()
            session.get(f"{box.urls['alerce.ztf_url']}/healthcheck", timeout=10)
            times.append(time.perf_counter() - began)
    assert sorted(times)[10] < 0.03


def test_a_large_sky(tmp_path):
    from astroquery_brokers.sandbox.build import build

    began = time.perf_counter()
    build(os.fspath(tmp_path / "store.sqlite"), n_objects=3000, seed=2)
    assert time.perf_counter() - began < 30
