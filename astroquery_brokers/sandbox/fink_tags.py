# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink's filters on Rubin alerts: the tags, the blocks they are made of, and which synthetic alerts they pick.

The list of tags is that of a reply recorded 2026-09, the selections are rough.
"""

import numpy as np

from .fink_lsst_alerts import fink_column

__all__ = ["BLOCKS", "TAGS", "selected"]

# Description and whether it can be searched.
TAGS = {
    "extragalactic_lt20mag_candidate": ("Rising extragalactic candidates brighter than magnitude 20", True),
    "extragalactic_new_candidate": ("New extragalactic candidates, less than 5 days old", True),
    "extragalactic_svom": ("Young candidates near galaxies, for the follow-up of SVOM", False),
    "faint_trails": ("Faint trailed sources", False),
    "fast_transient_gvom": ("Fast transients", False),
    "hostless_candidate": ("Candidates without a host galaxy", True),
    "in_tns": ("Alerts with a counterpart in TNS", True),
    "most_likely_sn": ("Alerts that the classifiers take for supernovae", True),
    "remove_unlikely_transients": ("All but unlikely transients", False),
    "sn_near_galaxy_candidate": ("Supernova candidates near a catalogued galaxy", True),
    "uniform_sample": ("One alert in 113", False)}
BLOCKS = {
    "b_good_quality": "No quality flag is set, and the flux is significant",
    "b_is_solar_system": "A known body of the solar system", "b_is_new": "The alert is the first detection",
    "b_is_rising": "Brighter than the mean in the band", "b_is_fading": "Fainter than the mean in the band",
    "b_outside_galactic_plane_5_deg": "More than 5 degrees from the galactic plane",
    "b_outside_galactic_plane_20_deg": "More than 20 degrees from the galactic plane",
    "b_xmatched_simbad_galaxy": "A galaxy or a host in SIMBAD", "b_xmatched_simbad_unknown": "Nothing known in SIMBAD",
    "b_xmatched_mangrove": "A galaxy of Mangrove with a distance",
    "b_xmatched_gaia_star": "A star in Gaia DR3 with a significant parallax",
    "b_xmatched_vsx_star": "A variable star in VSX", "b_xmatched_vsx": "Any source of VSX",
    "b_extragalactic_loose_candidate": "Extragalactic, known hosts and unknown places",
    "b_extragalactic_near_galaxy_candidate": "Extragalactic, near a known galaxy"}


def _brighter(rows, magnitude):
    with np.errstate(invalid="ignore"):
        return rows["psfFlux"] > 10 ** (0.4 * (31.4 - magnitude))


def selected(tag, rows):
    """Which detections a tag picks."""
    supernova, age = np.isin(rows.label, ("SNIa", "SNII", "SLSN")), rows["mjd"] - rows["firstmjd"]
    if tag == "in_tns":
        return np.array([value is not None for value in fink_column("xm_tns_fullname", rows).tolist()], dtype=bool)
    if tag == "extragalactic_new_candidate":
        return supernova & (age < 5) & _brighter(rows, 24)
    if tag == "extragalactic_lt20mag_candidate":
        return supernova & (age > 1) & (rows["nth"] > 4) & _brighter(rows, 20)
    if tag == "hostless_candidate":
        return supernova & (fink_column("xm_simbad_otype", rows) != "Galaxy") & _brighter(rows, 21.5)
    if tag == "sn_near_galaxy_candidate":
        return supernova & (rows["nth"] > 5) & (fink_column("xm_mangrove_lum_dist", rows) > 0)
    with np.errstate(invalid="ignore"):
        return ((fink_column("clf_snnSnVsOthers_score", rows) >= 0.7) & (fink_column("clf_cats_class", rows) == 11)
                & (fink_column("clf_cats_score", rows) >= 0.9) & (rows["snr"] > 10) & (rows["nth"] >= 2))
