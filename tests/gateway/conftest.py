# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""A database and a running TAP service with the tables of `sample`."""

import socket
import threading
import time

import pytest


@pytest.fixture(scope="session")
def database():
    """The tables, for queries without a server."""
    from astroquery_brokers.gateway.tap import Database

    from .sample import SCHEMA
    database = Database([SCHEMA])
    yield database
    database.close()


@pytest.fixture(scope="session")
def rows(database):
    """Ask a query: the rows as tuples, in their order; None for nulls."""
    def ask(query, **options):
        result = database.run(query, **{"maxrec": 100_000, "seconds": 20, **options})
        return list(zip(*(column.tolist() for column in result.columns)))
    return ask


@pytest.fixture(scope="session")
def open_tap():
    """Open a service with pyvo, whose connections are closed at the end: it leaves them open."""
    import pyvo
    import requests
    session, replies = requests.Session(), []
    session.hooks["response"].append(lambda reply, **options: replies.append(reply))
    yield lambda url: pyvo.dal.TAPService(url, session=session)
    for reply in replies:
        reply.close()
    session.close()


@pytest.fixture(scope="session")
def service():
    """The address of a service on a real socket; small limits."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import Mount

    from astroquery_brokers.gateway.tap import Limits, tap_app

    from .sample import SCHEMA
    limits = Limits(maxrec=150, most=380, sync_seconds=1, sync_upload=200_000, async_upload=400_000)
    tap = tap_app([SCHEMA], title="Sample", limits=limits, error_status=500,
                  examples=[("All bright ones", "SELECT name FROM sky.visit WHERE mag < 16")])
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(Starlette(routes=[Mount("/any/tap", app=tap)]), log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/any/tap"
    server.should_exit = True
    thread.join(10)
    tap.state.service.close()
    listener.close()
