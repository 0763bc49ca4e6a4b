# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The Rubin/LSST part of the synthetic sky: objects, visits and fluxes in nJy. It draws from a generator of its own.

A third of the objects are ZTF objects of the same sky, within 0.2 arcsec, seen in the same months. Others stand near
the showpiece, near ra = 0 and near both poles. A few are solar-system objects.
"""

import numpy as np

from . import lightcurves
from .draws import short

__all__ = ["BANDS", "LsstSky"]

SHARE, MOST = 0.4, 400  # Rubin objects per ZTF object, but no more than these: large skies are for ZTF
BANDS = "grizyu"  # ALeRCE's numbers are the places in this word, from 1
_DEPTH = np.array([24.9, 24.5, 24.0, 23.3, 22.4, 23.8])  # 5 sigma, in the order of BANDS
_COLOR = np.array([0.0, 0.0, 0.0, -0.1, -0.15, 0.6])  # beyond the color of ZTF's nearest band
_ZTF_FID = np.array([1, 2, 3, 3, 3, 1])
_PAIRS = np.array([(1, 2), (2, 3), (3, 4), (4, 5), (6, 1), (1, 3), (2, 4)])
_NJY = 10 ** (0.4 * (31.4 - 25))  # lightcurves has the zero point 25
_PLACED = (
    ("SNIa", 185.012, 15.012), ("SLSN", 184.97, 15.035), ("AGN", 185.03, 14.975), ("RRL", 184.99, 14.96),
    ("asteroid", 185.015, 14.985), ("SNII", 359.99996, 0.0002), ("QSO", 0.02, 0.015), ("EA", 359.985, -0.02),
    ("AGN", 30.0, 89.6), ("SNIa", 120.0, -89.3), ("LPV", 300.0, -89.6))
_FORCED_BEFORE = 30.0  # days of forced photometry before the first detection


def _identifiers(mjd, index):
    """Numbers of measurements, in order of time; odd, so that a double cannot hold them."""
    return 170587117485817953 + 4 * (((mjd - 61217.42118) * 1.1e12).astype(np.int64) + 7 * index)


def _visits(mjd):
    """Numbers of visits: the date of the evening and a count."""
    day = np.floor(mjd - 0.5).astype(np.int64)
    days, place = np.unique(day, return_inverse=True)
    text = (np.datetime64("1858-11-17") + days).astype(str)
    dates = np.array([int(item.replace("-", "")) for item in text.tolist()], dtype=np.int64)
    return dates[place] * 100000 + ((mjd - 0.5 - day) * 1000).astype(np.int64)


class LsstSky:
    """Objects and visits.

    Parameters
    ----------
    sky : `~astroquery_brokers.sandbox.sky.Sky`
        The ZTF part; it is not changed.
    seed : int

    Attributes
    ----------
    n : int
        How many objects.
    objects : dict of arrays
        ``label``, ``ra``, ``dec``, ``mag``, ``shape``, ``peak``, ``start``, ``host`` (magnitude of what is in the
        template), ``ztf_oid``, ``solar`` (whether it is a solar-system object), ``oid``.
    visits : dict of arrays
        Sorted by object and time; ``detected`` and ``reported`` tell what is a detection and a forced measurement.
    """

    def __init__(self, sky, seed):
        self.n = min(round(SHARE * sky.n), MOST)
        self.rng = np.random.default_rng([seed, sky.n, 20260224])
        self.objects = self._make_objects(sky)
        self.visits = self._make_visits()
        self._observe()
        self._name()

    def _matched(self, sky):
        """Numbers of the ZTF objects that Rubin sees too: those with a place of their own, then every few."""
        # Of the transients, only those of Rubin's time.
        there = sky.objects["variable"] | (sky.objects["start"] > 60250)
        there &= ~np.isin(sky.objects["label"], ("asteroid", "bogus")) & (sky.objects["dec"] < 35)
        good = np.flatnonzero(there)
        first, rest = good[good < 13], good[good >= 17]
        wanted = max(self.n // 3, 1)
        step = max(len(rest) // max(wanted - len(first), 1), 1)
        return np.concatenate([first, rest[::step]])[:wanted]

    def _make_objects(self, sky):
        rng, n = self.rng, self.n
        names = list(lightcurves.CLASSES)
        shares = np.array([lightcurves.CLASSES[name][0] for name in names])
        known = {"label": np.array(names, dtype=object)[rng.choice(len(names), n, p=shares / shares.sum())],
                 "ra": rng.uniform(0, 360, n), "dec": np.degrees(np.arcsin(rng.uniform(-0.95, 0.2, n))),
                 "shape": rng.uniform(0, 1, n), "start": rng.uniform(60650, 61000, n), "host": rng.uniform(18, 24, n),
                 "ztf_oid": np.full(n, None, dtype=object), "mag": rng.uniform(18.5, 22.0, n)}
        known["peak"] = known["start"] + 65
        same = self._matched(sky)
        mine = slice(0, len(same))
        for name in ("label", "ra", "dec", "mag", "shape", "peak"):
            known[name][mine] = sky.objects[name][same]
        known["start"][mine] = np.where(sky.objects["variable"][same], known["start"][mine],
                                        sky.objects["start"][same] + 20)
        known["host"][mine] = sky.objects["magnr"][same]
        known["ztf_oid"][mine] = sky.oid[same]
        offset, angle = rng.uniform(0.01, 0.15, n) / 3600, rng.uniform(0, 2 * np.pi, n)
        known["dec"][mine] += (offset * np.sin(angle))[mine]
        known["ra"][mine] += (offset * np.cos(angle) / np.cos(np.radians(known["dec"])))[mine]
        known["ra"] %= 360
        for number, place in enumerate(_PLACED[:max(n - len(same), 0)], len(same)):
            known["label"][number], known["ra"][number], known["dec"][number] = place
        known["solar"] = np.arange(n) >= n - n // 24
        known["label"][known["solar"]] = "asteroid"
        known["ztf_oid"][known["solar"]] = None
        known["variable"] = ~np.isin(known["label"], (*lightcurves.TRANSIENTS, "asteroid", "bogus"))
        # What varies around a mean has the mean in the template; half of the new transients have no host to be seen.
        known["host"] = np.where(known["variable"], known["mag"], known["host"])
        alone = ~known["variable"] & (rng.uniform(0, 1, n) < 0.5) & (np.arange(n) >= len(same))
        known["host"][alone | np.isin(known["label"], ("asteroid", "bogus"))] = np.inf
        return known

    def _make_visits(self):
        rng, known = self.rng, self.objects
        nights = np.where(known["label"] == "asteroid", 1, np.where(known["label"] == "bogus", 2, 20))
        nights[known["solar"]] = 6
        cadence = np.full(self.n, 6.0)
        if self.n:
            nights[0], cadence[0] = 45, 3.0
        owner = np.repeat(np.arange(self.n), nights)
        night = np.arange(len(owner)) - np.repeat(np.cumsum(nights) - nights, nights)
        day = np.floor(known["start"][owner] + night * cadence[owner]) + rng.uniform(0.02, 0.3, len(owner))
        band = _PAIRS[rng.integers(0, len(_PAIRS), len(owner))]
        index = np.repeat(owner, 2)
        mjd = np.round(np.stack([day, day + rng.uniform(0.01, 0.04, len(day))], axis=1).ravel(), 11)
        visit = _visits(mjd)
        return {"index": index, "mjd": mjd, "band": band.ravel(), "visit": visit, "detector": (visit + index) % 189,
                "number": _identifiers(mjd, index)}

    def _observe(self):
        rng, known, visits = self.rng, self.objects, self.visits
        index, place, count = visits["index"], visits["band"] - 1, len(visits["mjd"])
        fid, color = _ZTF_FID[place], 10 ** (-0.4 * _COLOR[place])
        label, true = known["label"][index], np.zeros(count)
        for name in np.unique(known["label"].astype(str)):
            use = label == name
            who = index[use]
            true[use] = lightcurves.difference_flux(name, visits["mjd"][use], known["peak"][who], known["mag"][who],
                                                    known["shape"][who], fid[use])
        true *= _NJY * color
        moving = known["solar"][index]
        true = np.where(moving, true * rng.uniform(0.8, 1.2, count), true)
        depth = _DEPTH[place] + rng.normal(0, 0.15, count)
        noise = np.sqrt((_NJY * lightcurves.flux(depth) / 5) ** 2 + (0.005 * true) ** 2)
        measured = true + noise * rng.normal(0, 1, count)
        snr = measured / noise
        snr = np.where(known["variable"][index], np.abs(snr), snr)
        best = np.lexsort((snr, index))[np.cumsum(np.bincount(index, minlength=self.n)) - 1]
        dark = best[snr[best] <= 5]
        measured[dark], snr[dark] = 6 * noise[dark], 6.0
        detected = snr > 5
        first = np.full(self.n, np.inf)
        np.minimum.at(first, index[detected], visits["mjd"][detected])
        reported = (visits["mjd"] >= first[index] - _FORCED_BEFORE) & ~moving
        visits.update(flux=measured, noise=noise, detected=detected, reported=reported,
                      template=_NJY * lightcurves.flux(known["host"][index]) * color)

    def _name(self):
        """An object has the number of its first detection; one of the solar system, another."""
        visits = self.visits
        rows = np.flatnonzero(visits["detected"])[::-1]
        oid = np.zeros(self.n, dtype=np.int64)
        oid[visits["index"][rows]] = visits["number"][rows]
        solar = self.objects["solar"]
        oid[solar] = 21163633152112203 + 2 * 7368787 * np.flatnonzero(solar)
        self.objects["oid"] = oid

    def _pick(self, rows):
        return {name: column[rows] for name, column in self.visits.items()}

    def detections(self):
        """Columns of the table ``lsst_detections`` (arrays), with ``index`` besides."""
        rng, known = self.rng, self.objects
        pick = self._pick(np.flatnonzero(self.visits["detected"]))
        index, count = pick["index"], len(pick["mjd"])
        lot = rng.uniform(0, 1, (8, count))
        solar, flux, noise = known["solar"][index], pick["flux"], pick["noise"]
        bogus, failed = known["label"][index] == "bogus", lot[0] < 0.004
        error = np.clip(0.3 * noise / np.abs(flux), 0.005, 0.2) / 3600
        drift = np.where(solar, 0.2 * (pick["mjd"] - known["start"][index]), 0.0)
        dec = known["dec"][index] + rng.normal(0, 1, count) * error + 0.3 * drift
        ra = (known["ra"][index] + (rng.normal(0, 1, count) * error + drift) / np.cos(np.radians(dec))) % 360
        no_science = lot[1] < 0.02
        parent = np.where(lot[2] < 0.03, pick["number"] - 48, np.where(lot[2] > 0.97, None, 0))
        self._fit = {"lot": lot, "failed": failed, "no_science": no_science, "error": error, "bogus": bogus}
        return {
            "index": index, "oid": known["oid"][index], "sid": 1 + solar, "measurement_id": pick["number"],
            "mjd": pick["mjd"], "band": pick["band"], "ra": ra, "dec": dec, "parentDiaSourceId": parent,
            "trailRa": np.round(ra, 9), "trailDec": np.round(dec, 9),
            "diaObjectId": np.where(solar, 0, known["oid"][index]),
            "ssObjectId": np.where(solar, known["oid"][index], np.where(lot[3] < 0.1, None, 0)),
            "psfFlux": np.where(failed, np.nan, short(flux)), "psfFluxErr": np.where(failed, np.nan, short(noise)),
            "psfFlux_flag": failed, "has_stamp": lot[4] > 0.05, "visit": pick["visit"], "detector": pick["detector"],
            "scienceFlux": np.where(no_science, np.nan, short(flux + pick["template"])),
            "scienceFluxErr": np.where(no_science, np.nan, short(noise * 0.98)), "forced_PsfFlux_flag": no_science,
            **self._shapes(pick)}

    def _shapes(self, pick):
        """The columns that say how the source looks."""
        rng, fit = self.rng, self._fit
        count, lot, flux, noise = len(pick["mjd"]), fit["lot"], pick["flux"], pick["noise"]
        error, snr = short(fit["error"]), short(np.abs(flux) / noise)
        size = rng.normal(0.22, 0.02, (6, count))
        dipole = fit["bogus"] & (lot[5] < 0.5)
        unknown = lot[6] < 0.06
        trail = rng.uniform(0, 1, (3, count))

        def some(use, values):
            return np.where(use, short(values), np.nan)

        return {
            "raErr": error, "decErr": error, "ra_dec_Cov": short(error ** 2 * (lot[7] - 0.5)),
            "x": short(lot[5] * 4000 + 36), "xErr": short(error * 18000), "y": short(lot[6] * 3900 + 50),
            "yErr": short(error * 18000), "apFlux": some(lot[7] > 0.01, flux * (1 + 0.2 * (trail[0] - 0.5))),
            "apFluxErr": some(lot[7] > 0.01, noise * 2.3), "apFlux_flag": lot[7] <= 0.01, "isNegative": flux < 0,
            "snr": some(~fit["failed"], snr), "psfChi2": short(1681 + 60 * (trail[1] - 0.5)),
            "trailFlux": short(flux * 0.98), "trailFluxErr": some(~unknown, noise * 0.6),
            "trailLength": short(0.2 + trail[0]), "trailLengthErr": some(~unknown, 0.1 + trail[1]),
            "trailAngle": short(trail[2] * 180), "trailAngleErr": some(~unknown, 5 + 40 * trail[1]),
            "dipoleMeanFlux": some(dipole, np.abs(flux)), "dipoleMeanFluxErr": some(dipole, noise),
            "dipoleFluxDiff": some(dipole, flux * 0.1), "dipoleFluxDiffErr": some(dipole, noise),
            "dipoleLength": some(dipole, 0.2 + trail[0]), "dipoleAngle": some(dipole, trail[2] * 360),
            "dipoleChi2": some(dipole, 1681 * (0.9 + trail[1])), "dipoleNdata": np.where(dipole, 1681, 0),
            "isDipole": dipole, "dipoleFitAttempted": dipole,
            "templateFlux": short(pick["template"] + noise * 0.3 * (trail[0] - 0.5)),
            "templateFluxErr": short(noise * 0.25), "ixx": short(size[0]), "iyy": short(size[1]),
            "ixy": short(size[2] - 0.22), "ixxPSF": short(size[3]), "iyyPSF": short(size[4]),
            "ixyPSF": short(size[5] - 0.22), "extendedness": some(lot[0] > 0.02, trail[2] ** 3),
            "reliability": some(lot[1] > 0.03, np.where(fit["bogus"], 0.3 * trail[0], 1 - 0.1 * trail[1] ** 2)),
            "timeProcessedMjdTai": np.round(pick["mjd"] + 0.001 + 0.0005 * trail[0], 11),
            "bboxSize": (18 + 12 * trail[1]).astype(int), "pixelFlags_cr": lot[3] > 0.97,
            "pixelFlags_saturated": snr > 400, "pixelFlags_interpolated": lot[2] > 0.96,
            "pixelFlags_edge": lot[4] > 0.99}

    def forced_photometry(self):
        """Columns of the table ``lsst_forced_photometry`` (arrays), with ``index`` besides."""
        rng, known = self.rng, self.objects
        pick = self._pick(np.flatnonzero(self.visits["reported"]))
        index, count = pick["index"], len(pick["mjd"])
        flux = pick["flux"] + 0.2 * pick["noise"] * rng.normal(0, 1, count)
        gone = rng.uniform(0, 1, count) < 0.02
        return {
            "index": index, "oid": known["oid"][index], "sid": np.ones(count, dtype=int),
            "measurement_id": pick["number"] - 2, "mjd": pick["mjd"], "band": pick["band"], "ra": known["ra"][index],
            "dec": known["dec"][index], "visit": pick["visit"], "detector": pick["detector"],
            "psfFlux": short(flux), "psfFluxErr": short(pick["noise"]),
            "scienceFlux": np.where(gone, np.nan, short(flux + pick["template"])),
            "scienceFluxErr": np.where(gone, np.nan, short(pick["noise"] * 0.98)),
            "timeProcessedMjdTai": np.round(pick["mjd"] + 0.0012, 11)}
