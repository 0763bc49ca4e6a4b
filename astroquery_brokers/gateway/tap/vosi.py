# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What a service says about itself: availability, capabilities, tables, examples."""

from .formats import FORMATS, attribute, content
from .functions import describe
from .geometry import GEOMETRY
from .uws import date

__all__ = ["availability", "capabilities", "examples", "tables"]

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_VS = 'xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"'
_GEO = "ivo://ivoa.net/std/TAPRegExt#features-adqlgeo"
_UDF = "ivo://ivoa.net/std/TAPRegExt#features-udf"
_MORE = {"ivo://ivoa.net/std/TAPRegExt#features-adql-string": ("LOWER", "UPPER", "ILIKE"),
         "ivo://ivoa.net/std/TAPRegExt#features-adql-sets": ("UNION", "EXCEPT", "INTERSECT"),
         "ivo://ivoa.net/std/TAPRegExt#features-adql-common-table": ("WITH",),
         "ivo://ivoa.net/std/TAPRegExt#features-adql-type": ("CAST",),
         "ivo://ivoa.net/std/TAPRegExt#features-adql-unit": ("IN_UNIT",),
         "ivo://ivoa.net/std/TAPRegExt#features-adql-offset": ("OFFSET",)}


def availability(since):
    """The service is up since a moment."""
    return (f'{_HEAD}<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">'
            f"<vosi:available>true</vosi:available><vosi:upSince>{date(since)}</vosi:upSince></vosi:availability>")


def tables(schemas, only=None):
    """The schemas as a tableset; or one table, by name."""
    spaces = f'xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0" {_VS} {_XSI}'
    if only is not None:
        for schema in schemas:
            for table in schema.tables:
                if table.name.lower() == only.lower():
                    return f'{_HEAD}<vosi:table {spaces} xsi:type="vs:Table">{_inside(table)}</vosi:table>'
        return None
    parts = (f"<schema>{_text('name', schema.name)}{_text('description', schema.description)}"
             + "".join(f"<table>{_inside(table)}</table>" for table in schema.tables) + "</schema>"
             for schema in schemas)
    return f'{_HEAD}<vosi:tableset {spaces} xsi:type="vs:TableSet">{"".join(parts)}</vosi:tableset>'


def _text(name, value):
    return f"<{name}>{content(value)}</{name}>" if value else ""


def _inside(table):
    keys = "".join(
        f"<foreignKey>{_text('targetTable', target)}" + "".join(
            f"<fkColumn>{_text('fromColumn', mine)}{_text('targetColumn', other)}</fkColumn>" for mine, other in pairs)
        + "</foreignKey>" for target, pairs in table.keys)
    return (f"{_text('name', table.name)}{_text('description', table.description)}{_text('utype', table.utype)}"
            + "".join(map(_column, table.columns)) + keys)


def _column(column):
    size = f' arraysize="{column.arraysize}"' if column.arraysize else ""
    extended = f" extendedType={attribute(column.xtype)}" if column.xtype else ""
    flags = "".join(f"<flag>{name}</flag>" for name in ("indexed", "principal") if getattr(column, name))
    return (f'<column std="{str(column.std).lower()}">{_text("name", column.delimited)}'
            f"{_text('description', column.description)}{_text('unit', column.unit)}{_text('ucd', column.ucd)}"
            f"{_text('utype', column.utype)}"
            f'<dataType xsi:type="vs:VOTableType"{size}{extended}>{column.votable_datatype}</dataType>{flags}</column>')


def _features(kind, forms):
    items = "".join(f"<feature>{_text('form', form)}{_text('description', about)}</feature>" for form, about in forms)
    return f'<languageFeatures type="{kind}">{items}</languageFeatures>'


def _limit(name, default, hard, unit=""):
    return f"<{name}><default{unit}>{default}</default><hard{unit}>{hard}</hard></{name}>"


def _formats():
    parts = []
    for name, (media, others) in FORMATS.items():
        parts.append(f"<outputFormat><mime>{content(media)}</mime>"
                     + "".join(_text("alias", alias) for alias in (name, *(o for o in others if ";" not in o)))
                     + "</outputFormat>")
    return "".join(parts)


def _plain(standard, url):
    return (f'<capability standardID="ivo://ivoa.net/std/{standard}"><interface xsi:type="vs:ParamHTTP" role="std">'
            f'<accessURL use="full">{content(url)}</accessURL></interface></capability>')


def capabilities(url, limits):
    """The capabilities.

    Parameters
    ----------
    url : str
        Of the service.
    limits : `~astroquery_brokers.gateway.tap.app.Limits`
    """
    language = (
        "<language><name>ADQL</name>" + "".join(
            f'<version ivo-id="ivo://ivoa.net/std/ADQL#v{version}">{version}</version>' for version in ("2.0", "2.1"))
        + "<description>One SELECT over the tables of this service.</description>"
        + _features(_UDF, describe()) + _features(_GEO, ((name, "") for name in GEOMETRY))
        + "".join(_features(kind, ((form, "") for form in forms)) for kind, forms in _MORE.items()) + "</language>")
    table_access = (
        f'<capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tr:TableAccess"><interface xsi:type="vs:ParamHTTP" '
        f'role="std" version="1.1"><accessURL use="base">{content(url)}</accessURL></interface>{language}{_formats()}'
        '<uploadMethod ivo-id="ivo://ivoa.net/std/TAPRegExt#upload-inline"/>'
        + _limit("retentionPeriod", limits.lifetime, limits.lifetime)
        + _limit("executionDuration", limits.duration, limits.longest)
        + _limit("outputLimit", limits.maxrec, limits.most, ' unit="row"')
        + _limit("uploadLimit", limits.sync_upload, limits.async_upload, ' unit="byte"') + "</capability>")
    return (f'{_HEAD}<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" '
            f'xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0" {_VS} {_XSI}>{table_access}'
            f"{_plain('VOSI#capabilities', url + '/capabilities')}{_plain('VOSI#availability', url + '/availability')}"
            f"{_plain('VOSI#tables-1.1', url + '/tables')}{_plain('DALI#examples', url + '/examples')}"
            "</vosi:capabilities>")


def examples(title, queries):
    """A page of queries to try, for people and for programs (DALI examples).

    Parameters
    ----------
    title : str
    queries : sequence of tuple
        Name and ADQL of each.
    """
    parts = "".join(
        f'<div id="example-{number}" resource="#example-{number}" typeof="example"><h2 property="name">{content(name)}'
        f'</h2><pre property="query">{content(query)}</pre></div>' for number, (name, query) in enumerate(queries, 1))
    return (f'{_HEAD}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{content(title)}: examples</title></head>'
            f'<body vocab="http://www.ivoa.net/rdf/examples#">{parts}</body></html>')
