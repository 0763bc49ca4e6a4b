# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Which services the contract tests ask.

Those of AMPEL are the sandbox's, or those that the command line says::

    pytest tests/contracts --ampel-archive-url URL --ampel-token TOKEN --ampel-catalogmatch-url URL
"""

import pytest


def _given(config):
    """Settings of ``AmpelClass`` by the name of the option that gives them; those that were not given are None."""
    return {"archive_url": config.getoption("--ampel-archive-url"), "archive_token": config.getoption("--ampel-token"),
            "catalogmatch_url": config.getoption("--ampel-catalogmatch-url")}


@pytest.fixture(scope="session")
def ampel_settings(pytestconfig, request):
    """Function: settings with which ``AmpelClass`` asks a service, ``"archive"`` or ``"catalogmatch"``.

    Without options that is the sandbox. Where some options are given, the tests of the other service are skipped.
    """
    given = _given(pytestconfig)

    def settings(service):
        if not any(given.values()):
            box = request.getfixturevalue("synthetic")
            given_by_box = {**box.urls, **box.tokens}
            return {item: given_by_box[f"ampel.{item}"] for item in given if item.startswith(service)}
        if not given[f"{service}_url"]:
            pytest.skip(f"--ampel-{service}-url is not given, other services are")
        return {item: value for item, value in given.items() if value and item.startswith(service)}

    return settings
