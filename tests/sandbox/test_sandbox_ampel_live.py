# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The live database: stock records, channels, and who may ask."""

import pytest


@pytest.fixture
def live(ampel):
    """Ask with the dashboard's token, or another: path, gives the response."""
    def ask(path, token="ampel.live_token"):
        return ampel.ask("GET", ampel.live + path, ampel.box.tokens.get(token, token))
    return ask


def test_stock_record(live, ampel_alerts, showpiece):
    record = live(f"/stock/ztf/{showpiece}").json()
    alerts = ampel_alerts[ampel_alerts["oid"] == showpiece]
    assert record["channel"] == ["SANDBOX_ALL", "SANDBOX_BRIGHT"] and record["name"] == [showpiece]
    assert record["created"]["any"] == min(record["created"].values()) < record["updated"]["any"]
    assert [str(entry["alert"]) for entry in record["journal"]] == list(alerts["candid"][1:])


def test_numbers_of_stocks():
    """The documented one, and the rule."""
    from astroquery_brokers.sandbox.dialects.ampel_live import _stock_id

    assert _stock_id("ZTF21aaqhhfu") == 119032484
    assert _stock_id("ZTF17aaaaaab") == 16


def test_channels(live):
    names = [entry["channel"] for entry in live("/channels").json()]
    assert names == ["SANDBOX_ALL", "SANDBOX_BRIGHT"]
    assert live(f"/channel/{names[1]}").json()["channel"] == names[1]
    assert live("/channel/nope").status_code == live("/stock/ztf/ZTF99zzzzzzz").status_code == 404


def test_tokens(live, ampel, showpiece):
    path = f"/stock/ztf/{showpiece}"
    for token in (ampel.box.tokens["ampel.archive_token"], ampel.box.tokens["ampel.live_token"][:-1], "eyJ.eyJ.x"):
        reply = live(path, token)
        assert (reply.status_code, reply.json()) == (401, {"detail": "Could not validate credentials"})
    assert live(path, None).json() == {"detail": "Not authenticated"}
