# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the exit status is when something goes wrong, and what is said."""

import contextlib
import os
import re
import signal
import socket
import time

import pytest

from astroquery_brokers import Alerce
from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.cli import main
from astroquery_brokers.exceptions import BrokerConnectionError
from astroquery_brokers.transport import Call, Policy, Transport

ONLY_IDS = ("--format", "csv", "--columns", "oid", "--cache", "off")


def one_line(ran, status):
    assert ran.status == status
    line, = ran.errors.splitlines()
    return line


def test_nothing_found(run, box):
    ran = run("cone", "10", "-80", "1arcsec", "--format", "csv", "--columns", "oid")
    assert ran.lines == ["oid"]
    assert one_line(ran, 1) == ("astroquery-brokers: warning: ALeRCE has no rows for objects within 1.0 arcsec of "
                                "10.000000 -80.000000.")


def test_some_not_found_is_no_failure(run, box, showpiece):
    ran = run("detections", showpiece, "ZTF20zzzzzzz", *ONLY_IDS)
    assert set(ran.lines[1:]) == {showpiece}
    assert "warning: ALeRCE has no rows for ZTF20zzzzzzz." in one_line(ran, 0)


def test_the_service_fails(run, box, showpiece):
    box.faults = [dict(path="*/detections", status=500, body="down")]
    ran = run("detections", showpiece, *ONLY_IDS)
    assert ran.output == b"" and "HTTP 500" in one_line(ran, 3)
    assert "The service has trouble; try again later." in ran.errors


def test_what_arrived_is_written(run, box, showpiece):
    other = next(oid for oid in Alerce.query_region("185 15", "10 arcmin")["oid"] if oid != showpiece)
    box.faults = [dict(path=f"*/{other}/detections", status=500, body="down")]
    ran = run("detections", showpiece, other, *ONLY_IDS)
    assert set(ran.lines[1:]) == {showpiece}
    assert "warning: 1 of 2 requests to ALeRCE failed" in one_line(ran, 3)
    ran = run("detections", showpiece, other, *ONLY_IDS, "--raise-on-failure")
    assert ran.output == b"" and "error: ALeRCE answered" in one_line(ran, 3)


def test_a_question_that_the_service_refuses_is_bad_input(run, box, showpiece):
    box.faults = [dict(path="*/detections", status=422, body='{"detail": "no"}')]
    assert "Change the arguments." in one_line(run("detections", showpiece, *ONLY_IDS), 2)


def test_tokens_are_not_told(run, box, showpiece):
    ran = run("-v", "--set", "ztf_url=http://127.0.0.1:9/v1?token=s3cret&x=1", "--set", "retries=0", "object",
              showpiece, "--cache", "off")
    assert ran.status == 3 and "BrokerConnectionError" in ran.errors and "s3cret" not in ran.errors
    assert "token=REDACTED" in ran.errors
    ran = run("--set", "ztf_url=https://user:s3cret@broker.example/v1", "config")
    assert "s3cret" not in ran.text and "REDACTED@broker.example" in ran.text


@pytest.mark.parametrize("name", ["archive_token", "live_token"])
def test_tokens_are_not_taken_from_the_command_line(run, name):
    ran = run("--broker", "ampel", "--set", f"{name}=11111111-2222-4333-8444-555555555555", "config")
    assert f"{name} is not taken from the command line" in one_line(ran, 2) and "11111111" not in ran.text + ran.errors


def test_an_error_of_the_program(run, box, showpiece, monkeypatch):
    def broken(self, **options):
        raise ZeroDivisionError("division by zero")

    broken.verb = AlerceClass.query_magstats.verb
    monkeypatch.setattr(AlerceClass, "query_magstats", broken)
    assert one_line(run("magstats", showpiece), 70) == (
        "astroquery-brokers: error: ZeroDivisionError: division by zero. This is an error of the program: please "
        "report it, with what -v says.")
    with pytest.raises(ZeroDivisionError):
        main(["magstats", showpiece, "-v"])


def test_a_missing_library_names_the_extra(run, box, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "shtab", None)
    assert 'pip install "astroquery_brokers[completion]"' in one_line(run("completion", "bash"), 2)


def test_interruption(start, at_box, box, showpiece):
    box.faults = [dict(path="*/detections", delay=30)]
    before = len(box.requests)
    process = start(*at_box, "detections", showpiece, "--cache", "off")
    give_up = time.monotonic() + 30
    while len(box.requests) == before and time.monotonic() < give_up:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert process.stderr.read() == b"astroquery-brokers: interrupted\n"


@contextlib.contextmanager
def blackhole():
    """The address of a port that swallows every attempt to connect: the queue of its listener is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield "http://127.0.0.1:%d" % listener.getsockname()[1]


def test_a_network_that_swallows_everything_is_not_waited_for_again_and_again(tmp_path):
    transport = Transport("Broker", user_agent="test", cache_location=tmp_path)
    policy = Policy(connect_timeout=0.4, reach_time=1.0, backoff=0.05, retries=3)
    with blackhole() as url:
        started = time.monotonic()
        with pytest.raises(BrokerConnectionError, match=r"2 tries in .*the host does not answer\. Check the address"):
            transport.send(Call("GET", url), policy=policy)
        assert 0.8 <= time.monotonic() - started < 1.4


def test_without_a_network_it_ends_soon_and_says_what_was_tried(start):
    words = ("object", "ZTF20aaelulu", "--cache", "off")
    proxies = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with blackhole() as swallowing, socket.create_server(("127.0.0.1", 0)) as free:
        refusing = "http://127.0.0.1:%d" % free.getsockname()[1]
        free.close()
        addresses = {"http://broker.invalid": "the name of the host is not known", refusing: "Connection refused",
                     swallowing: "the host does not answer"}
        processes = {url: start("--set", f"ztf_url={url}", *words, env=proxies) for url in addresses}
        for url, reason in addresses.items():
            output, errors = processes[url].communicate(timeout=30)
            assert processes[url].returncode == 3 and output == b""
            line, = errors.decode().splitlines()
            assert f": error: Alerce: GET {url}/objects/ZTF20aaelulu brought no reply (" in line
            assert reason in line and "Check the address and the network" in line
            # What starting three programs at once takes is not counted.
            assert float(re.search(r" tries in ([\d.]+) s", line)[1]) < 14
