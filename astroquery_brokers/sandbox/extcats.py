# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Small collections of records around the objects of the store, as AMPEL keeps external catalogues in a database.

They show the sky of `astroquery_brokers.sandbox.catalogs`: ``milliquas`` has its quasars and active galaxies, ``TNS``
the supernovae of the synthetic sky, whose records have no position and not all the same keys.
"""

import math

import numpy as np

__all__ = ["INFO", "ExtCats", "meets"]

# Description and reference; whether it has an index of names, and one of HEALPix pixels.
INFO = {"TNS": (None, None, False, False),
        "milliquas": ("compilation of AGN and Quasar", "http://quasars.org/milliquas.htm", True, True)}
_TYPES = {"SNIa": (3, "SN Ia"), "SNII": (10, "SN II"), "SLSN": (18, "SLSN-I")}
_POLE, _NODE = np.radians((192.85948, 27.12825)), math.radians(122.93192)
_OPERATORS = {"$eq": lambda a, b: a == b, "$ne": lambda a, b: a != b, "$lt": lambda a, b: a < b,
              "$lte": lambda a, b: a <= b, "$gt": lambda a, b: a > b, "$gte": lambda a, b: a >= b,
              "$in": lambda a, b: a in b, "$nin": lambda a, b: a not in b}


def _galactic(ra, dec):
    """Galactic longitude and latitude (deg)."""
    away, north, pole = np.radians(ra) - _POLE[0], np.radians(dec), _POLE[1]
    across = np.cos(north) * np.sin(away)
    along = np.sin(north) * np.cos(pole) - np.cos(north) * np.sin(pole) * np.cos(away)
    latitude = np.arcsin(np.sin(north) * np.sin(pole) + np.cos(north) * np.cos(pole) * np.cos(away))
    return np.degrees(_NODE - np.arctan2(across, along)) % 360, np.degrees(latitude)


def _sexagesimal(ra, dec):
    """A position as in names of sources."""
    hours, rest = divmod(ra / 15 * 3600, 3600)
    degrees, arc = divmod(abs(dec) * 3600, 3600)
    sign = "-" if dec < 0 else "+"
    return (f"{int(hours):02d}{int(rest // 60):02d}{rest % 60:05.2f}{sign}{int(degrees):02d}{int(arc // 60):02d}"
            f"{arc % 60:04.1f}")


def meets(record, terms):
    """Whether a record meets a filter in the language of MongoDB, of which comparisons are known.

    Raises
    ------
    KeyError
        The operator is unknown.
    """
    for key, term in (terms or {}).items():
        if not isinstance(term, dict):
            term = {"$eq": term}
        for operator, wanted in term.items():
            compare, value = _OPERATORS[operator], record.get(key)
            try:
                if not compare(value, wanted):
                    return False
            except TypeError:  # things of different kinds are in no order
                return False
    return True


class ExtCats:
    """The collections by name: ``collections[name]`` is ``(ra, dec, records)``, two arrays and a list of dict.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    catalogs : `~astroquery_brokers.sandbox.catalogs.Catalogs`
    """

    def __init__(self, store, catalogs):
        self._store, self._catalogs, self._known = store, catalogs, {}

    def __getitem__(self, name):
        if name not in self._known:
            records = {"TNS": self._tns, "milliquas": self._milliquas}[name]()
            ra, dec = np.array([record.pop("_place") for record in records], dtype=float).reshape(-1, 2).T
            self._known[name] = ra, dec, records
        return self._known[name]

    def _milliquas(self):
        sources = self._catalogs.sources
        rows = np.flatnonzero((sources["kind"] == "q") | ((sources["kind"] == "g") & (sources["r"] < 15.5)))
        longitude, latitude = _galactic(sources["ra"], sources["dec"])
        records = []
        for number, row in enumerate(rows.tolist()):
            ra, dec, red = (round(float(sources[name][row]), 7) for name in ("ra", "dec", "r"))
            records.append({
                "_place": (ra, dec), "name": f"SDSS J{_sexagesimal(ra, dec)}", "ra": ra, "dec": dec,
                "lii": round(float(longitude[row]), 7), "bii": round(float(latitude[row]), 7),
                "broad_type": "Q" if sources["kind"][row] == "q" else "A",
                # One that was never filled in.
                "rmag": math.nan if number % 17 == 3 else red, "bmag": round(red + 0.4, 2), "optical_flag": "pG",
                "red_psf_flag": "-", "blue_psf_flag": "-", "redshift": round(float(sources["z"][row]), 3),
                "ref_name": "DR16Q", "ref_redshift": "DR16Q", "qso_prob": 100.0 if number % 3 else 98.0,
                "radio_name": None, "xray_name": None, "alt_name_1": None, "alt_name_2": None, "_19": 7000 + number})
        return records

    def _tns(self):
        rows = self._store.rows("SELECT oid, meanra, meandec, true_class, firstmjd FROM objects "
                                "WHERE true_class IN ('SNIa', 'SNII', 'SLSN') ORDER BY oid")
        records = []
        for number, (oid, ra, dec, label, first) in enumerate(rows):
            known = number % 3 != 1
            day = np.datetime64("1858-11-17T00:00:00") + np.timedelta64(int(first * 86400), "s")
            word = f"20{oid[3:5]}{oid[-4:]}"
            number_of_type, kind = _TYPES[label]
            record = {
                "_place": (ra, dec), "discmagfilter": {"id": 110, "name": "g", "family": "ZTF"},
                "discoverer": "ZTF", "discovererid": 0, "discovery_data_source": {"groupid": 48, "group_name": "ZTF"},
                "discoverydate": str(day), "discoverymag": 19.5 + number % 10 / 10, "end_prop_period": None,
                "host_redshift": None, "hostname": None, "internal_name": oid, "internal_names": oid, "isTNS_AT": 0,
                "name": word, "name_prefix": "SN" if known else "AT",
                "object_type": {"id": number_of_type if known else None, "name": kind if known else None},
                "objname": word, "public": 1, "redshift": 0.01 + number % 20 / 200 if known else None,
                "reporting_group": {"groupid": 48, "group_name": "ZTF"}, "sourceid": 60000 + number,
                "type": kind if known else None}
            if number % 5 == 4:
                del record["internal_name"]  # entered before there was such a key
            records.append(record)
        return records
