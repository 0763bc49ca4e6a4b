# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the command line knows of the brokers without importing them."""

import json
from contextlib import ExitStack, contextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path

__all__ = ["Broker", "DEFAULT_BROKER", "broker_names", "check_alerts", "command_name",
           "running_broker"]

DEFAULT_BROKER = "alerce"
_ROOT = Path(__file__).resolve().parents[1]
_OTHER_NAMES = {"query_region": "cone", "get_alerts": "packets"}


def broker_names():
    """Names of the brokers' packages, the default one first."""
    names = sorted(path.parent.name for path in _ROOT.glob("*/verbs.json"))
    return sorted(names, key=lambda name: name != DEFAULT_BROKER)


def command_name(verb):
    """The command for a verb: ``forced-photometry`` for ``query_forced_photometry``."""
    return _OTHER_NAMES.get(verb, verb.removeprefix("query_").removeprefix("get_").replace("_", "-"))


class Broker:
    """What ``verbs.json`` says about a broker.

    Parameters
    ----------
    name : str
        Name of the broker's package.
    """

    def __init__(self, name):
        self.name = name
        self._told = json.loads((_ROOT / name / "verbs.json").read_text(encoding="utf-8"))
        self.title, self.settings = self._told["name"], self._told["settings"]
        self.surveys = {survey["name"]: survey for survey in self._told["surveys"]}

    @cached_property
    def verbs(self):
        """Descriptions of the verbs by the name of their command."""
        return {command_name(verb["name"]): verb for verb in self._told["verbs"] if verb["name"].startswith("query_")}

    @cached_property
    def others(self):
        """Descriptions of verbs that return no single table, by the name of their command."""
        return {command_name(verb["name"]): verb for verb in self._told["others"]}

    @property
    def tables(self):
        """Names of the tables that the verbs return."""
        return sorted({table for verb in self._told["verbs"] for table in verb["tables"]})

    @property
    def example(self):
        """The id of an object, for examples."""
        return next(iter(self.surveys.values()))["example"]

    def made(self, **settings):
        """An instance of the broker's class."""
        module = import_module(f"astroquery_brokers.{self.name}")
        return getattr(module, self._told["class"])(**settings)


@contextmanager
def running_broker(known, arguments):
    """The broker's instance for one command, with the settings and the sandbox that the command asks for.

    Parameters
    ----------
    known : Broker
    arguments : `argparse.Namespace`
        With ``settings``, ``sandbox`` and ``alerts``, where they were given.
    """
    given = vars(arguments)
    alerts = given.get("alerts")
    with ExitStack() as stack:
        broker = known.made(**dict(given.get("settings") or ()))
        if given.get("sandbox") or alerts:
            from .. import sandbox

            check_alerts(alerts)
            stack.enter_context(sandbox.running(alerts=alerts))
        yield broker


def check_alerts(folder):
    """Refuse a folder of alert packets that does not exist."""
    if folder is not None and not Path(folder).is_dir():
        from ..exceptions import InvalidArgumentError

        raise InvalidArgumentError(f"--alerts {folder}: there is no such folder; it is to hold alert packets (*.avro).")
