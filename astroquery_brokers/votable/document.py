# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a table becomes: the elements around the data, as astropy's VOTable tree."""

import io
import math
import warnings

import numpy as np
from astropy.io.votable.exceptions import VOWarning
from astropy.io.votable.tree import Field, Info, Resource, TableElement, VOTableFile
from astropy.table import Table
from astropy.units import UnitsWarning, UnrecognizedUnit
from astropy.utils.xml.check import fix_id

from ..exceptions import InvalidArgumentError, VOTableError
from . import sidecar
from .annotations import PlainParam, annotate, annotate_table, as_text
from .fields import plain_columns
from .groups import add_photometric_groups
from .guard import MAX_FIELDS, Guard
from .origin import add_origin, dicts, query_status
from .scan import MAX_HEADER
from .systems import Systems
from .texts import plain_text

__all__ = ["VERSIONS", "describe", "header", "to_votable"]

VERSIONS = ("1.4", "1.5")


def to_votable(table, *, version="1.4"):
    """A table as a VOTable document, data included.

    Parameters
    ----------
    table : `~astropy.table.Table`
        Most is said by a `~astroquery_brokers.tables.BrokerTable`; any table can be given. ``Time`` and ``SkyCoord``
        columns become columns of numbers (MJD in the same scale; ICRS degrees).
    version : str
        ``"1.4"`` or ``"1.5"``.

    Returns
    -------
    `~astropy.io.votable.tree.VOTableFile`

    Raises
    ------
    InvalidArgumentError
        If there is no such version, it is no table, or the table has no columns.

    Examples
    --------
    >>> from astroquery_brokers import Alerce, votable
    >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
    >>> document = votable.to_votable(objects)
    >>> document.get_first_table().get_field_by_id_or_name("separation").unit
    Unit("arcsec")
    """
    document, columns = describe(table, version=version)
    for field, column in zip(next(document.iter_tables()).fields, columns):
        field.awkward = _is_awkward(column)
    element = document.get_first_table() if len(table) else next(document.iter_tables())
    element.array = _array(element, columns)
    return document


def describe(table, *, version="1.4"):
    """The document without the data, and the columns that are the data.

    Returns
    -------
    document : `~astropy.io.votable.tree.VOTableFile`
        With one resource that has one table, whose fields are in the order of the columns.
    columns : list of `~astroquery_brokers.votable.fields.PlainColumn`
    """
    if not isinstance(table, Table):
        raise InvalidArgumentError(f"A VOTable is made of an astropy Table, not {type(table).__name__}. Make one with "
                                   "Table(...), or Table.from_pandas(...).")
    version = str(version)
    if version not in VERSIONS:
        raise InvalidArgumentError(f"VOTable version {version!r} cannot be written; choose from {', '.join(VERSIONS)}.")
    columns = plain_columns(table)
    if not columns:
        raise InvalidArgumentError("A table without columns cannot be written to a VOTable.")
    if len(columns) > MAX_FIELDS:
        raise InvalidArgumentError(f"The table has {len(columns)} columns; a VOTable is written and read with up to "
                                   f"{MAX_FIELDS}. Split it, or make arrays of columns that are alike.")
    document = VOTableFile(version=version)
    config = document._config
    resource = _Resource(type="results", config=config)
    document.resources.append(resource)
    meta = sidecar.storable(table.meta, "the table")
    status, message = query_status(meta)
    resource.infos.append(Info(name="QUERY_STATUS", value=status, config=config))
    resource.infos[0].content = message or None
    add_origin(document, resource, meta)
    ids = _Ids()
    field_ids = _field_ids(columns, ids)
    name, description = _title(meta)
    element = TableElement(document, ID=ids(name), name=name, nrows=len(table), config=config)
    if description:
        element.description = plain_text(description)
    resource.tables.append(element)
    element.fields.extend(_fields(document, resource, columns, field_ids, ids))
    add_photometric_groups(document, element, columns, ids)
    element.params.extend(_object_params(document, element, columns, ids))
    annotate_table(document, resource, element, meta, ids)
    extras = {column.name: column.extra for column in columns if column.extra}
    resource.infos.append(Info(name=sidecar.NAME, value=sidecar.dump(meta, extras), config=config))
    # astropy gives each INFO its name as ID, which may be that of another INFO or of a column.
    for info in [*document.infos, *resource.infos]:
        info.ID = None
    return document, columns


def header(document):
    """The bytes of a document without data; `InvalidArgumentError` if they are more than can be read again."""
    stream = io.BytesIO()
    with warnings.catch_warnings():
        # What there is to warn of was said when the document was made, with the name of the column.
        for kind in _USUAL:
            warnings.simplefilter("ignore", kind)
        document.to_xml(stream)
    content = stream.getvalue()
    try:
        if len(content) > MAX_HEADER:
            raise VOTableError(f"It has {len(content)} bytes beside its data, which may be {MAX_HEADER}.")
        Guard(math.inf).feed(content)
    except VOTableError as error:
        raise InvalidArgumentError(f"The table cannot be written to a VOTable that could be read again: {error}"
                                   ) from error
    return content


class _Ids:
    """XML IDs, each given once in a document."""

    def __init__(self):
        self._given = set()

    def __call__(self, text):
        plain = fix_id(text)
        new, number = plain, 2
        while new in self._given:
            new, number = f"{plain}_{number}", number + 1
        self._given.add(new)
        return new


class _Field(Field):
    """A FIELD whose TABLEDATA cells keep what astropy's lose: infinities as others read them, carriage returns."""

    awkward = False  # whether there are any: looking for them in each cell takes a quarter of the time

    def _setup(self, config, pos):
        # With these two the converter would round.
        width, precision, self.width, self.precision = self.width, self.precision, None, None
        super()._setup(config, pos)
        self.width, self.precision = width, precision
        if self.awkward:
            output = self.converter.output
            self.converter.output = lambda value, mask: _INFINITIES.get(value) or output(value, mask).replace(
                "\r", "&#13;")


class _Resource(Resource):
    """A RESOURCE whose descriptions are on one line: astropy breaks lines inside long words and after hyphens."""

    def to_xml(self, w, **keywords):
        super().to_xml(_Unwrapped(w), **keywords)


class _Unwrapped:
    def __init__(self, writer):
        self._writer = writer

    def __getattr__(self, name):
        return getattr(self._writer, name)

    def element(self, tag, text=None, wrap=False, **keywords):
        self._writer.element(tag, text, wrap=False, **keywords)


_USUAL = (VOWarning, UnitsWarning)
_INFINITIES = {np.inf: "+Inf", -np.inf: "-Inf"}


def _title(meta):
    """Name and description: the table's own, else those of the tables that were stacked or joined to it."""
    parts = {part["name"]: part.get("description") for part in dicts(meta.get("tables"))
             if isinstance(part.get("name"), str)}
    name = meta.get("name") or "_".join(parts) or "table"
    return plain_text(name), meta.get("description") or " ".join(map(str, filter(None, parts.values())))


def _is_awkward(column):
    if column.is_text:
        return any("\r" in text for text in column.values.tolist())
    return not column.shape and column.dtype.kind == "f" and bool(np.isinf(column.values).any())


def _field_ids(columns, ids):
    """Where a name is an XML name it is the ID, which is all that some readers show."""
    given = {column.name: ids(column.name) for column in columns if fix_id(column.name) == column.name}
    return [given.get(column.name) or ids(column.name) for column in columns]


def _fields(document, resource, columns, field_ids, ids):
    config = document._config
    systems = Systems(resource, ids, config)
    for column, unique in zip(columns, field_ids):
        with warnings.catch_warnings():
            # Units that are not VOUnits were reported with the name of the column, those that it discourages are usual.
            for kind in _USUAL:
                warnings.simplefilter("ignore", kind)
            field = _Field(document, ID=unique, name=column.name, datatype=column.datatype, unit=column.unit,
                           arraysize=column.arraysize, ucd=column.ucd, utype=column.utype,
                           xtype=column.xtype, config=config)
            if "votable:unit" in column.extra:
                field._unit = UnrecognizedUnit(column.unit)  # astropy takes dex for a tenth of an "ex"
        field.description = column.description
        systems.refer(field, column)
        annotate(field, column)
        yield field


def _object_params(document, element, columns, ids):
    """What the table is about, where all rows are about the same object."""
    for field, column in zip(element.fields, columns):
        if column.ucd != "meta.id;meta.main":
            continue
        value = column.constant()
        if value is not None:
            value = value.item() if isinstance(value, np.generic) else value
            param = PlainParam(document, ID=ids("object"), name="object", datatype=column.datatype, ucd=column.ucd,
                               arraysize=field.arraysize, value=as_text(value), config=document._config)
            param.description = "The object that all rows are about"
            yield param


def _array(element, columns):
    dtype = [(field.ID, object) if column.is_ragged else (field.ID, column.dtype, column.shape)
             for field, column in zip(element.fields, columns)]
    array = np.ma.zeros(len(columns[0]), dtype=dtype)
    array.mask = np.zeros(len(array), dtype=[(name, bool, *shape) for name, _, *shape in dtype])
    for (name, *_), column in zip(dtype, columns):
        values, mask = column.rows()
        array.data[name] = values
        array.mask[name] = mask.reshape(-1, *[1] * (values.ndim - 1))
    return array
