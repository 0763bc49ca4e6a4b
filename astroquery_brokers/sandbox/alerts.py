# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Cutouts and packets of single alerts: those of the files given, or made from the store on request."""

import io
from functools import lru_cache

from . import lsst_packets, stamps, ztf_packets

__all__ = ["Alerts", "container", "fastavro"]

_NO_MAGNITUDE = 21.0


def fastavro():
    """The module fastavro, or an error that names the extra."""
    try:
        import fastavro
    except ImportError as error:
        raise ImportError('alert packets need fastavro: pip install "astroquery_brokers[avro]"') from error
    return fastavro


def container(record, schema):
    """The bytes of an Avro container of one record."""
    target = io.BytesIO()
    fastavro().writer(target, schema, [record], sync_marker=b"sandbox sandbox!")
    return target.getvalue()


@lru_cache(maxsize=4)
def _read(path):
    """The records of a file, their schema, and its bytes if it holds one record only."""
    with open(path, "rb") as stream:
        reader = fastavro().reader(stream)
        records = list(reader)
        stream.seek(0)
        return records, reader.writer_schema, stream.read() if len(records) == 1 else None


class Alerts:
    """Alerts by survey and number.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    def __init__(self, store):
        self.store = store

    def _file(self, survey, number):
        """The packet of a file: (record, schema, bytes of the file or None where it holds more), or None."""
        found = self.store.rows("SELECT path, record FROM packets WHERE survey = ? AND candid = ?", (survey, number))
        if not found:
            return None
        path, place = found[0]
        records, schema, data = _read(path)
        return records[place], schema, data

    def _row(self, survey, number):
        """The detection with a stamp, and the true class of its object; or None."""
        objects, table, key = (("objects", "detections", "candid") if survey == "ztf"
                               else ("lsst_objects", "lsst_detections", "measurement_id"))
        rows = self.store.dicts(f"SELECT d.*, o.true_class FROM {table} d JOIN {objects} o ON o.oid = d.oid "
                                f"WHERE d.{key} = ? AND d.has_stamp AND o.true_class IS NOT NULL", (number,))
        return rows[0] if rows else None

    def cutouts(self, survey, number, oid=None):
        """The cutouts of an alert by kind (``Science``, ...), as its packet has them; or None.

        Those of ZTF are gzipped FITS files, those of Rubin plain ones.
        """
        packet = self._file(survey, number)
        if packet is not None:
            files = {kind: packet[0].get(f"cutout{kind}") for kind in stamps.KINDS}
            if any(data is None for data in files.values()) or oid not in (None, str(lsst_packets.owner(packet[0]))):
                return None
            return {kind: data if survey == "lsst" else data["stampData"] for kind, data in files.items()}
        row = self._row(survey, number)
        if row is None or (oid is not None and str(row["oid"]) != oid):
            return None
        if survey == "lsst":
            return stamps.lsst_cutouts(row, row["true_class"])
        return {kind: data for kind, (_, data) in self._ztf_files(row).items()}

    def _ztf_files(self, row):
        nearest = row["magnr"] if row["corrected"] else _NO_MAGNITUDE
        return stamps.ztf_cutouts(row, row["true_class"], nearest)

    def packet(self, number):
        """The Avro container of a ZTF alert: the bytes of its own file where it has one; or None."""
        packet = self._file("ztf", number)
        if packet is not None:
            record, schema, data = packet
            return container(record, schema) if data is None else data
        record = self.record(number)
        return None if record is None else container(record, ztf_packets.schema())

    def record(self, number, survey="ztf"):
        """The packet of an alert as a dictionary, or None; synthetic ones of ZTF only."""
        packet = self._file(survey, number)
        if packet is not None:
            return packet[0]
        if survey != "ztf":
            return None
        row = self._row("ztf", number)
        return None if row is None else ztf_packets.record(self.store, row, self._ztf_files(row))
