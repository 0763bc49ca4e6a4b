# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""``astroquery-brokers config``: the settings, in the form of the configuration file."""

import re

HELP = "The settings of the broker: what they are now, and where to change them."
EPILOG = """\
examples:
  astroquery-brokers config
  astroquery-brokers --set timeout=5 config

What is printed can stand in the configuration file as it is. "--set ITEM=VALUE" changes a setting for one command."""

_SECRET = re.compile("token|secret|passw|credential|key", re.I)


def add_arguments(parser, broker):
    """The command has no options of its own."""


def run(arguments, known):
    """Print the settings, without those that are secret."""
    from pathlib import Path

    from astropy.config.configuration import get_config_filename

    from ..transport import redact

    broker = known.made(**dict(getattr(arguments, "settings", None) or ()))
    path = Path(get_config_filename(f"astroquery_brokers.{known.name}"))
    print(f"# {path}{'' if path.exists() else ' (there is no such file yet)'}")
    print(f"[{known.name}]")
    for setting in known.settings:
        name, value = setting["name"], broker._setting(setting["name"])
        if _SECRET.search(name):
            print(f"# {name} is {'set' if value else 'not set'}: {setting['help']}")
            continue
        default = "" if value == setting["default"] else f" Default: {setting['default']}"
        print(f"# {setting['help']}{default}\n{name} = {redact(value)}")
    return 0
