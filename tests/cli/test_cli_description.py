# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the command line knows of the brokers is what the brokers are."""

import inspect
import json
from pathlib import Path

import pytest

from astroquery_brokers import stubs
from astroquery_brokers.alerce import AlerceClass
from astroquery_brokers.cli import values
from astroquery_brokers.cli.brokers import Broker, broker_names
from astroquery_brokers.cli.output import FORMATS
from astroquery_brokers.cli.parser import parser_for
from astroquery_brokers.tables import files
from astroquery_brokers.verbs import Verb


def test_all_brokers_are_found():
    assert AlerceClass in list(stubs.brokers())
    assert {cls.package.rpartition(".")[2] for cls in stubs.brokers()} == set(broker_names())


@pytest.mark.parametrize("cls", list(stubs.brokers()))
def test_the_descriptions_are_up_to_date(cls):
    core = Path(inspect.getfile(cls))
    assert core.with_suffix(".pyi").read_text(encoding="utf-8") == stubs.stub_of(cls), "run python -m " \
        "astroquery_brokers.stubs"
    assert core.with_name("verbs.json").read_text(encoding="utf-8") == stubs.description_of(cls), "run python -m " \
        "astroquery_brokers.stubs"


@pytest.mark.parametrize("name", broker_names())
def test_each_verb_is_a_command_with_all_its_parameters(name):
    broker = Broker(name)
    _, commands = parser_for(broker)
    instance = broker.made()
    for command, told in broker.verbs.items():
        verb = getattr(type(instance), told["name"]).verb
        parameters = set(inspect.signature(verb.body).parameters) - {"self", "coordinates", "object_id"}
        if "words" in {action.dest for action in commands[command]._actions} and command == "cone":
            parameters.remove("radius")
        assert parameters <= {action.dest for action in commands[command]._actions}


def test_formats_are_those_of_the_tables():
    assert FORMATS == files.FORMATS


def test_what_the_command_line_cannot_read_is_found_here(monkeypatch):
    def body(self, shape):
        """Ask.

        Parameters
        ----------
        shape : a polygon
            Where.
        """

    verb = Verb("query_shape", body, (), ("ztf_objects",))
    monkeypatch.setattr(AlerceClass, "_verbs", classmethod(lambda cls: [verb]))
    monkeypatch.setattr(AlerceClass, "query_shape", body, raising=False)
    with pytest.raises(ValueError, match=r"query_shape: the command line has no way to read shape : a polygon\. Known"):
        stubs.description_of(AlerceClass)
    body.__doc__ = body.__doc__.replace("a polygon", '{"round", "long"}, optional')
    told = json.loads(stubs.description_of(AlerceClass))["verbs"][0]["parameters"][0]
    assert told == {"name": "shape", "kind": "choice", "required": True, "help": "Where.", "choices": ["round", "long"]}
    body.__doc__ = body.__doc__.replace("shape :", "form :")
    with pytest.raises(ValueError, match="the docstring does not say what shape is"):
        stubs.description_of(AlerceClass)


def test_every_kind_can_be_read():
    own = {"bool", "choice", "position"}
    assert set(stubs._KINDS.values()) <= set(values.KINDS) | own
