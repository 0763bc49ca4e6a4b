# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Column dictionaries: what the columns of a reply mean, read from YAML in the Felis form."""

from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from importlib.resources import files
from types import MappingProxyType

__all__ = ["Column", "Dictionary", "load_dictionary"]

_DTYPES = MappingProxyType({"boolean": "bool", "short": "int16", "int": "int32", "long": "int64",
                            "float": "float32", "double": "float64", "text": "str"})


@dataclass(frozen=True)
class Column:
    """One column: its type, unit, meaning and null rule.

    Attributes
    ----------
    name : str
        Name in our tables, which is the broker's own.
    dtype : str
        One of ``bool``, ``int16``, ``int32``, ``int64``, ``float32``, ``float64``, ``str``.
    description : str
        What it means.
    unit : str or None
        In VOUnits.
    ucd : str
        UCD1+.
    wire : str
        Key in the reply; the name, by default.
    nulls : tuple
        Values on the wire that mean "missing", beside JSON's ``null`` and an absent key.
    null_with : str
        Name of another column: 0 here and 0 there, together, mean "missing".
    time : dict or None
        ``scale``, ``origin``, ``refposition`` and ``instant`` of an epoch.
    frame : str or None
        Reference frame of a position.
    band : dict or None
        What the codes of a filter column stand for.
    array : bool
        Whether each cell is a list.
    principal : bool
        Whether people want to see it first.
    added : bool
        Whether the client adds it because the reply lacks it.
    returned : bool
        Whether the service still sends it; if not, it is there and masked.
    optional : bool
        Whether tables have it only where a reply does.
    rounded : bool
        Whether it is an integer that the service itself stores as a float, with its last digits lost.
    family : str
        Beginning of the names of the columns of which it is the pattern; replies have as many as they like.

    Examples
    --------
    >>> from astroquery_brokers.columns import Column
    >>> Column("magpsf", "float32", unit="mag", ucd="phot.mag").wire
    'magpsf'
    """

    name: str
    dtype: str
    description: str = ""
    unit: str | None = None
    ucd: str = ""
    wire: str = ""
    nulls: tuple = ()
    null_with: str = ""
    time: dict | None = None
    frame: str | None = None
    band: dict | None = None
    array: bool = False
    principal: bool = False
    added: bool = False
    returned: bool = True
    optional: bool = False
    rounded: bool = False
    family: str = ""

    def __post_init__(self):
        object.__setattr__(self, "wire", self.wire or self.name)

    @classmethod
    def from_felis(cls, entry):
        """The column that one entry of a Felis table describes.

        Parameters
        ----------
        entry : dict
            With ``name``, ``datatype``, ``ivoa:ucd``, ..., and our own keys under ``brokers``.

        Returns
        -------
        Column
        """
        ours = entry.get("brokers", {})
        return cls(name=entry["name"], dtype=_DTYPES[entry["datatype"]], description=entry.get("description", ""),
                   unit=entry.get("ivoa:unit"), ucd=entry.get("ivoa:ucd", ""), wire=ours.get("wire", ""),
                   nulls=tuple(ours.get("nulls", ())), null_with=ours.get("null_with", ""), time=ours.get("time"),
                   frame=ours.get("frame"), band=ours.get("band"), array=ours.get("array", False),
                   principal=ours.get("principal", False), added=ours.get("added", False),
                   returned=ours.get("returned", True), optional=ours.get("optional", False),
                   rounded=ours.get("rounded", False), family=ours.get("family", ""))

    @property
    def null_rule(self):
        """What is masked beside null, for people."""
        return " ".join([*map(str, self.nulls), *([f"0 (if {self.null_with} is 0)"] if self.null_with else [])])

    @property
    def meta(self):
        """What a table's column carries beside unit and description."""
        known = {"ucd": self.ucd, "time": self.time, "frame": self.frame, "band": self.band,
                 "principal": self.principal}
        return {key: value for key, value in known.items() if value}


@dataclass(frozen=True)
class Dictionary:
    """The columns of one reply table.

    Attributes
    ----------
    name : str
        E.g. ``"ztf_detections"``.
    description : str
        What its rows are.
    columns : tuple of Column
        In the order of the table.
    survey : str
        The survey whose objects it is about.
    source : str
        Where the columns are documented.
    main_id : str or None
        The column with the object's id.
    by_name : dict of str to Column
        The same columns; ``dictionary[name]`` looks one up.

    Examples
    --------
    >>> from astroquery_brokers.columns import Column, Dictionary
    >>> oid = Column("oid", "str", "Object id")
    >>> objects = Dictionary("objects", "Objects", (oid,), by_name={"oid": oid})
    >>> "oid" in objects, objects["oid"].description
    (True, 'Object id')
    """

    name: str
    description: str
    columns: tuple
    survey: str = ""
    source: str = ""
    main_id: str | None = None
    by_name: dict = field(default_factory=dict, repr=False)

    @classmethod
    def from_felis(cls, document, load=None):
        """The dictionary that a Felis document with a single table describes.

        Parameters
        ----------
        document : dict
            As YAML gives it.
        load : callable, optional
            ``load(name)`` gives the dictionaries from which the table takes columns (``takes`` under ``brokers``: a
            list of ``{from: name, columns: [...]}``; without ``columns`` all of them, without those of ``except``).

        Returns
        -------
        Dictionary
            What is taken first, of columns with the same name the first one; then the table's own, which take the
            place of a taken one.
        """
        table, = document["tables"]
        ours = table.get("brokers", {})
        by_name = {}
        for part in ours.get("takes", ()):
            other = load(part["from"])
            for name in part.get("columns", other.by_name):
                if name not in part.get("except", ()):
                    by_name.setdefault(name, other[name])
        for column in map(Column.from_felis, table["columns"]):
            by_name[column.name] = column
        return cls(name=document["name"], description=table.get("description", ""), columns=tuple(by_name.values()),
                   survey=ours.get("survey", ""), source=ours.get("source", ""), main_id=ours.get("main_id"),
                   by_name=by_name)

    @property
    def position(self):
        """Names of the columns of the right ascension and declination of the rows; None where they have no place."""
        found = [[column.name for column in self.columns if column.ucd == ucd]
                 for ucd in ("pos.eq.ra;meta.main", "pos.eq.dec;meta.main")]
        return tuple(names[0] for names in found) if all(found) else None

    def only(self, names):
        """The same dictionary with some of its columns, none of which is optional any more.

        Parameters
        ----------
        names : sequence of str
            Their names, in the order wanted.

        Returns
        -------
        Dictionary
        """
        columns = {name: replace(self[name], optional=False) for name in names}
        return replace(self, columns=tuple(columns.values()), by_name=columns)

    def of_family(self, name):
        """The column that a name stands for which has no entry of its own, but whose beginning has.

        Parameters
        ----------
        name : str
            As a reply has it.

        Returns
        -------
        Column or None
        """
        for column in self.columns:
            if column.family and name.startswith(column.family):
                return replace(column, name=name, wire=name, family="")
        return None

    def __getitem__(self, name):
        return self.by_name[name]

    def __contains__(self, name):
        return name in self.by_name


@lru_cache(maxsize=None)
def load_dictionary(package, name):
    """The dictionary ``columns/<name>.yaml`` of a package, read once.

    Parameters
    ----------
    package : str
        E.g. ``"astroquery_brokers.alerce"``; ``"astroquery_brokers"`` for those that all brokers share.
    name : str
        Name of the file without its ending, e.g. ``"ztf_detections"``.

    Returns
    -------
    Dictionary

    Examples
    --------
    >>> from astroquery_brokers.columns import load_dictionary
    >>> detections = load_dictionary("astroquery_brokers.alerce", "ztf_detections")
    >>> detections["mjd"].unit, detections["mjd"].time["scale"]
    ('d', 'utc')
    """
    import yaml

    text = (files(package) / "columns" / f"{name}.yaml").read_bytes()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Dictionary.from_felis(yaml.load(text, Loader=loader), partial(load_dictionary, package))
