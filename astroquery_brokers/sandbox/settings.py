# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What the services of a sandbox do on their own time, as numbers that can be changed while it runs.

``ampel.filling``
    Seconds for which a new stream of the archive is locked (423).
``ampel.reservation``
    Seconds after which a chunk that was handed out and not acknowledged is handed out again; 600 as on the server.
``ampel.packets_kept``
    Days, back from the newest alert, for which the archive has the packets themselves, with their cutouts and forced
    photometry; older ones are put together from its database. The real one keeps some 90; real packets are all kept.
"""

__all__ = ["DEFAULTS", "check"]

DEFAULTS = {"ampel.filling": 0.05, "ampel.reservation": 600.0, "ampel.packets_kept": 800.0}


def check(settings):
    """The settings, if they are known and are numbers of 0 or more.

    Raises
    ------
    ValueError
        If one is not.
    """
    for name, value in settings.items():
        if name not in DEFAULTS:
            raise ValueError(f"no setting {name!r}: there are {', '.join(DEFAULTS)}")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
            raise ValueError(f"{name} must be a number of 0 or more, not {value!r}")
    return dict(settings)
