# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Photometric calibration: one GROUP per band that a table has."""

from astropy.io.votable.tree import FieldRef, Group, Param

from ..columns.bands import AB_ZERO_POINT_JY, BANDS

__all__ = ["add_photometric_groups", "bands_of"]

_CALIBRATED = ("phot.flux", "phot.mag")


def bands_of(columns):
    """The bands that the rows have, in the order of `~astroquery_brokers.columns.bands.BANDS`."""
    found = set()
    for column in columns:
        if (column.ucd or "").split(";")[0] == "instr.bandpass" and not column.shape:
            codes = column.extra.get("band")
            codes = codes if isinstance(codes, dict) else {}
            names = dict(codes.get("__pairs__", codes.items()))
            shown = set(column.values.tolist())
            found |= {names.get(value, names.get(str(value), value)) for value in shown}
    return [band for name, band in BANDS.items() if name in found]


def add_photometric_groups(document, table, columns, ids):
    """Append the groups to a TABLE.

    Parameters
    ----------
    document : `~astropy.io.votable.tree.VOTableFile`
    table : `~astropy.io.votable.tree.TableElement`
        With its fields.
    columns : list of PlainColumn
        In the order of the fields.
    ids : callable
        Gives a document-wide unique XML ID like the text it is called with.
    """
    calibrated = [field for field, column in zip(table.fields, columns) if _is_calibrated(column)]
    if not calibrated:
        return
    config = document._config
    for band in bands_of(columns):
        unique = ids(f"photcal_{band.name}")
        group = Group(table, ID=unique, name=unique, utype="photDM:PhotCal", config=config)
        group.description = (f"Photometric calibration of the rows with band {band.name}: AB magnitudes, "
                             f"-2.5 log10(F / {AB_ZERO_POINT_JY:g} Jy)")
        for attributes in _parameters(band):
            unique = ids(f"{group.ID}_{attributes['name']}")
            group.entries.append(Param(document, ID=unique, config=config, **attributes))
        for field in calibrated:
            group.entries.append(FieldRef(table, ref=field.ID, config=config))
        table.groups.append(group)


def _is_calibrated(column):
    words = (column.ucd or "").split(";")
    return words[0].startswith(_CALIBRATED) and "arith.zp" not in words and bool(column.unit)


def _parameters(band):
    text = {"datatype": "char", "arraysize": "*"}
    return ({"name": "bandName", "value": band.name, "ucd": "instr.bandpass",
             "utype": "photDM:PhotometryFilter.bandName", **text},
            {"name": "filterIdentifier", "value": band.identifier, "ucd": "meta.id;instr.filter",
             "utype": "photDM:PhotometryFilter.identifier", **text},
            {"name": "magnitudeSystem", "value": "AB", "ucd": "meta.code",
             "utype": "photDM:PhotCal.magnitudeSystem.type", **text},
            {"name": "zeroPointFlux", "value": AB_ZERO_POINT_JY, "datatype": "double", "unit": "Jy",
             "ucd": "phot.flux.density;arith.zp", "utype": "photDM:PhotCal.zeroPoint.flux.value"},
            {"name": "zeroPointReferenceMagnitude", "value": 0.0, "datatype": "double", "unit": "mag",
             "ucd": "phot.mag;arith.zp", "utype": "photDM:PhotCal.zeroPoint.referenceMagnitude.value"})
