# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Tables of the store for Rubin/LSST.

``lsst_objects``
    One row per object: ``sid`` is 1 for a DIA object, 2 for one of the solar system. ``ztf_oid`` is the same transient
    in ``objects``, ``true_class`` what it is.
``lsst_dia_objects``
    Statistics per DIA object, in the order and under the names of the alert schema.
``lsst_detections``, ``lsst_forced_photometry``
    Measurements. Fluxes are in nJy, times are MJD in TAI, ``band`` is ALeRCE's number (1 g, 2 r, 3 i, 4 z, 5 y, 6 u),
    nulls are nulls. Columns of detections with a default (flags that are never set) need not be given.
``lsst_probabilities``, ``lsst_classifiers``
    ``position`` is the place of the class in the classifier's list.
"""

from .lsst_summaries import DIA_COLUMNS

__all__ = ["BOOLEANS", "DETECTION_COLUMNS", "INDEXES", "SCHEMA", "column_kind"]

# All columns of a detection in the order of the service's replies, from ``measurement_id`` on.
DETECTION_COLUMNS = (
    "measurement_id parentDiaSourceId diaObjectId psfFlux psfFluxErr psfFlux_flag psfFlux_flag_edge "
    "psfFlux_flag_noGoodPixels scienceFlux scienceFluxErr has_stamp visit detector ssObjectId raErr decErr ra_dec_Cov "
    "x xErr y yErr centroid_flag apFlux apFluxErr apFlux_flag apFlux_flag_apertureTruncated isNegative snr psfLnL "
    "psfChi2 psfNdata trailFlux trailFluxErr trailRa trailRaErr trailDec trailDecErr trailLength trailLengthErr "
    "trailAngle trailAngleErr trailChi2 trailNdata trail_flag_edge dipoleMeanFlux dipoleMeanFluxErr dipoleFluxDiff "
    "dipoleFluxDiffErr dipoleLength dipoleAngle dipoleChi2 dipoleNdata forced_PsfFlux_flag forced_PsfFlux_flag_edge "
    "forced_PsfFlux_flag_noGoodPixels templateFlux templateFluxErr ixx iyy ixy ixxPSF iyyPSF ixyPSF shape_flag "
    "shape_flag_no_pixels shape_flag_not_contained shape_flag_parent_source extendedness reliability isDipole "
    "dipoleFitAttempted timeProcessedMjdTai timeWithdrawnMjdTai bboxSize pixelFlags pixelFlags_bad pixelFlags_cr "
    "pixelFlags_crCenter pixelFlags_edge pixelFlags_nodata pixelFlags_nodataCenter pixelFlags_interpolated "
    "pixelFlags_interpolatedCenter pixelFlags_offimage pixelFlags_saturated pixelFlags_saturatedCenter "
    "pixelFlags_suspect pixelFlags_suspectCenter pixelFlags_streak pixelFlags_streakCenter pixelFlags_injected "
    "pixelFlags_injectedCenter pixelFlags_injected_template pixelFlags_injected_templateCenter glint_trail").split()

_INTEGERS = frozenset("oid sid tid measurement_id band parentDiaSourceId diaObjectId ssObjectId visit detector "
                      "bboxSize nDiaSources".split())
_NULL = frozenset("psfLnL trailRaErr trailDecErr trailChi2 timeWithdrawnMjdTai".split())
_REALS = frozenset(
    "mjd ra dec psfFlux psfFluxErr scienceFlux scienceFluxErr raErr decErr ra_dec_Cov x xErr y yErr apFlux apFluxErr "
    "snr psfChi2 trailFlux trailFluxErr trailRa trailDec trailLength trailLengthErr trailAngle trailAngleErr "
    "dipoleMeanFlux dipoleMeanFluxErr dipoleFluxDiff dipoleFluxDiffErr dipoleLength dipoleAngle dipoleChi2 "
    "templateFlux templateFluxErr ixx iyy ixy ixxPSF iyyPSF ixyPSF extendedness reliability "
    "timeProcessedMjdTai".split()) | _NULL
_DOUBLES = frozenset("mjd ra dec trailRa trailDec timeProcessedMjdTai timeWithdrawnMjdTai".split())
_COUNTS = {"psfNdata": 1681, "trailNdata": 0, "dipoleNdata": 0}
BOOLEANS = frozenset(DETECTION_COLUMNS) - _INTEGERS - _REALS - set(_COUNTS)


def column_kind(name):
    """Type of a column of a detection in the alert schema: ``long``, ``int``, ``float``, ``double``, ``boolean``."""
    if name in _INTEGERS:
        return "int" if name in ("band", "detector", "bboxSize") else "long"
    if name in _COUNTS:
        return "int"
    if name in _REALS:
        return "double" if name in _DOUBLES else "float"
    return "boolean"


def _typed(names):
    return ", ".join(f"{name} {'INTEGER' if name in _INTEGERS or name.endswith('Ndata') else 'REAL'}" for name in names)


def _detection_column(name):
    if name in _INTEGERS:
        return f"{name} INTEGER"
    if name in _REALS:
        return f"{name} REAL{' DEFAULT NULL' if name in _NULL else ''}"
    return f"{name} INTEGER DEFAULT {_COUNTS.get(name, 0)}"


SCHEMA = {
    "lsst_objects": "oid INTEGER, sid INTEGER, tid INTEGER, true_class TEXT, ztf_oid TEXT, meanra REAL, meandec REAL, "
                    "sigmara REAL, sigmadec REAL, firstmjd REAL, lastmjd REAL, deltamjd REAL, n_det INTEGER, "
                    "n_forced INTEGER, n_non_det INTEGER, created_date TEXT, updated_date TEXT",
    "lsst_dia_objects": _typed(DIA_COLUMNS),
    "lsst_detections": ", ".join(map(_detection_column, ("oid", "sid", "mjd", "band", "ra", "dec",
                                                         *DETECTION_COLUMNS))),
    "lsst_forced_photometry": _typed((
        "oid", "sid", "mjd", "band", "ra", "dec", "measurement_id", "visit", "detector", "psfFlux", "psfFluxErr",
        "scienceFlux", "scienceFluxErr", "timeProcessedMjdTai")),
    "lsst_probabilities": "oid INTEGER, classifier_id INTEGER, classifier_name TEXT, classifier_version TEXT, "
                          "class_name TEXT, probability REAL, ranking INTEGER, position INTEGER",
    "lsst_classifiers": "classifier_id INTEGER, classifier_name TEXT, classifier_version TEXT, classes TEXT",
}
INDEXES = {
    "lsst_objects": ("oid",), "lsst_dia_objects": ("oid",), "lsst_detections": ("oid", "measurement_id"),
    "lsst_forced_photometry": ("oid",), "lsst_probabilities": ("oid",)}
