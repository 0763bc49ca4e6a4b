# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""The synthetic sky that ships with the package: ZTF objects of several classes, from a seed.

Objects stand in clumps. The clump at ra = 185, dec = +15 has one of most classes within 10 arcmin, its showpiece is a
bright type Ia supernova; there are objects within an arcsec of ra = 0, dec = 0, on both sides of ra = 0, and near both
poles.
"""

import numpy as np

from . import lightcurves, photometry
from .draws import short

__all__ = ["DEFAULT_OBJECTS", "DEFAULT_SEED", "Sky"]

DEFAULT_OBJECTS = 300
DEFAULT_SEED = 1
FIRST_DAY, LAST_DAY = 58250.0, 61150.0
HISTORY = 30.0  # days of history that an alert packet carries

_SHOWPIECE = (185.0, 15.0)
# Class, ra, dec: objects with a place of their own.
_PLACED = (
    ("SNIa", 185.0008, 15.0005), ("RRL", 185.006, 15.003), ("AGN", 184.985, 15.02), ("SNII", 185.04, 14.99),
    ("QSO", 184.95, 14.97), ("CV/Nova", 185.07, 15.06), ("asteroid", 185.02, 14.93), ("LPV", 184.91, 15.05),
    ("EA", 185.09, 14.94), ("SLSN", 184.94, 15.10),
    ("SNIa", 0.0001, -0.00005), ("QSO", 359.98, 0.01), ("RRL", 0.015, -0.02),
    ("AGN", 20.0, 89.5), ("SNII", 200.0, 89.6), ("LPV", 50.0, -89.5), ("QSO", 240.0, -89.7))


def _letters(numbers):
    """Seven letters per number, all different: ZTF names after the year."""
    rest = (numbers * 7368787 + 21413251) % 26 ** 6
    digits = [(rest // 26 ** power) % 26 for power in range(5, -1, -1)]
    return ["a" + "".join(chr(97 + digit) for digit in word) for word in zip(*(d.tolist() for d in digits))]


def _single(values):
    # Forced photometry is served as single precision widened to double.
    return values.astype(np.float32).astype(float)


class Sky:
    """A synthetic sky: tables of columns, for `Store.add`.

    Parameters
    ----------
    n_objects : int
        How many objects.
    seed : int
        The same seed and number give the same sky.
    """

    def __init__(self, n_objects, seed):
        self.n = n_objects
        self.rng = np.random.default_rng([seed, n_objects])
        self.objects = self._make_objects()
        self.visits = self._make_visits()
        self._observe()
        self._name()

    def _positions(self):
        rng, n = self.rng, self.n
        clumps = max(1, n // 8)
        ra, dec = rng.uniform(0, 360, clumps), np.degrees(np.arcsin(rng.uniform(-0.45, 0.99, clumps)))
        clump = np.arange(n) % clumps
        distance, angle = 5 / 3600 * 500 ** rng.uniform(0, 1, n), rng.uniform(0, 2 * np.pi, n)
        dec_of = dec[clump] + distance * np.sin(angle)
        return (ra[clump] + distance * np.cos(angle) / np.cos(np.radians(dec_of))) % 360, dec_of

    def _make_objects(self):
        rng, n = self.rng, self.n
        names = list(lightcurves.CLASSES)
        shares = np.array([lightcurves.CLASSES[name][0] for name in names])
        label = np.array(names, dtype=object)[rng.choice(len(names), n, p=shares / shares.sum())]
        ra, dec = self._positions()
        for number, place in enumerate(_PLACED[:n]):
            label[number], ra[number], dec[number] = place
        bright = np.array([lightcurves.CLASSES[name][1] for name in label])
        mag = bright[:, 0] + np.sqrt(rng.uniform(0, 1, n)) * (bright[:, 1] - bright[:, 0])
        start, shape = rng.uniform(FIRST_DAY, LAST_DAY - 560, n), rng.uniform(0, 1, n)
        if n:
            mag[0], start[0], shape[0] = 15.6, 60390.0, 0.5
        transient = np.isin(label, lightcurves.TRANSIENTS)
        variable = ~transient & ~np.isin(label, ("asteroid", "bogus"))
        # Half of the transients are on a reference source near enough for a corrected magnitude.
        near = variable | (transient & (rng.uniform(0, 1, n) < 0.5))
        magnr = np.where(variable, mag, rng.uniform(16.5, 20.5, n))
        distnr = np.where(near, rng.uniform(0.5, 1.42, n), rng.uniform(2, 12, n))
        distnr = np.where(variable, rng.uniform(0.05, 0.5, n), distnr)
        distnr[:1] = 0.6
        return {"label": label, "ra": ra, "dec": dec, "mag": mag, "start": np.floor(start), "shape": shape,
                "peak": start + np.where(label == "SLSN", 110.0, 65.0), "variable": variable,
                "distnr": distnr, "magnr": np.round(magnr, 3), "sigmagnr": np.round(rng.uniform(0.01, 0.03, n), 3),
                "field": rng.integers(250, 880, n), "rcid": np.arange(n) % 64, "has_i": rng.uniform(0, 1, n) < 0.2,
                "number": np.arange(n)}

    def _make_visits(self):
        rng, known = self.rng, self.objects
        nights = np.array([lightcurves.CLASSES[name][3] for name in known["label"]], dtype=int)
        cadence = np.array([lightcurves.CLASSES[name][2] for name in known["label"]], dtype=float)
        if self.n:
            nights[0], cadence[0] = 110, 2.0
        index = np.repeat(np.arange(self.n), nights)
        night = np.arange(len(index)) - np.repeat(np.cumsum(nights) - nights, nights)
        day = known["start"][index] + np.floor(night * cadence[index] + rng.uniform(0, 1, len(index)))
        columns = []
        for fid, probability, shift in ((1, 0.85, 0.0), (2, 0.9, 0.045), (3, 0.4, 0.09)):
            use = rng.uniform(0, 1, len(index)) < probability
            if fid == 3:
                use &= known["has_i"][index]
            if fid == 2:
                use |= night == 0
            columns.append((index[use], day[use] + shift + rng.uniform(0.15, 0.19, use.sum()), np.full(use.sum(), fid)))
        index, mjd, fid = (np.concatenate(parts) for parts in zip(*columns))
        order = np.lexsort((mjd, index))
        index, mjd, fid = index[order], np.round(mjd[order], 7), fid[order]
        moon = 0.7 * np.cos(np.pi * (mjd - 58262) / 29.53) ** 8
        limit = np.clip(rng.normal(20.7, 0.3, len(mjd)) - moon - 0.4 * (fid == 3), 18.0, 21.4)
        night, fraction = (np.floor(mjd) - 57754).astype(np.int64), np.floor(mjd % 1 * 10 ** 5).astype(np.int64)
        pid = night * 10 ** 9 + fraction * 10 ** 4 + known["rcid"][index] * 100 + 15
        return {"index": index, "mjd": mjd, "fid": fid, "diffmaglim": np.round(limit, 4), "pid": pid,
                "candid": pid * 10 ** 6 + 15000 + known["number"][index] // 64 % 1000,
                "rfid": known["field"][index] * 10 ** 6 + 120000 + fid * 100 + known["rcid"][index]}

    def _observe(self):
        """Add noise, and decide what is an alert, what is known from the history of one, and what is a limit."""
        rng, known, visits = self.rng, self.objects, self.visits
        index, count = visits["index"], len(visits["mjd"])
        true = np.zeros(count)
        label = known["label"][index]
        for name in np.unique(known["label"].astype(str)):
            use = label == name
            who = index[use]
            true[use] = lightcurves.difference_flux(name, visits["mjd"][use], known["peak"][who], known["mag"][who],
                                                    known["shape"][who], visits["fid"][use])
        noise = np.sqrt((lightcurves.flux(visits["diffmaglim"]) / 5) ** 2 + (0.015 * true) ** 2)
        observed = true + noise * rng.normal(0, 1, count)
        snr = observed / noise
        # A negative supernova is noise; a negative variable is a measurement.
        snr = np.where(known["variable"][index], np.abs(snr), snr)
        seen = np.zeros(self.n, dtype=bool)
        seen[index[snr > 5]] = True
        best = np.lexsort((snr, index))[np.cumsum(np.bincount(index, minlength=self.n)) - 1]
        dark = best[~seen]
        observed[dark], snr[dark] = 6 * noise[dark], 6.0
        packet = (snr > 5) & (rng.uniform(0, 1, count) > 0.08)
        packet[best] = True
        visits.update(flux=observed, noise=noise, packet=packet)
        row = np.arange(count)
        following = np.minimum.accumulate(np.where(packet, row, count)[::-1])[::-1]
        there = np.minimum(following, max(count - 1, 0))
        same = (following < count) & (index[there] == index) & (visits["mjd"][there] - visits["mjd"] < HISTORY)
        visits["parent"] = np.where(same, visits["candid"][there], 0)
        visits["detected"] = packet | (same & (snr > 3))
        visits["reported"] = same

    def _name(self):
        visits = self.visits
        first = np.zeros(self.n)
        rows = np.flatnonzero(visits["detected"])[::-1]
        first[visits["index"][rows]] = visits["mjd"][rows]
        self.new = first > 59800
        year = ((first - 58119) // 365.25 + 18).astype(int)
        self.oid = np.array([f"ZTF{number}{word}" for number, word in zip(year.tolist(), _letters(np.arange(self.n)))],
                            dtype=object)

    def detections(self):
        """Columns of the table ``detections`` (arrays), with ``index`` besides."""
        rng, known, visits = self.rng, self.objects, self.visits
        rows = np.flatnonzero(visits["detected"])
        pick = {name: column[rows] for name, column in visits.items()}
        index, mjd, count = pick["index"], pick["mjd"], len(rows)
        mag = short(lightcurves.magnitude(np.abs(pick["flux"])))
        sigma = short(1.0857 * pick["noise"] / np.abs(pick["flux"]))
        sign = np.where(pick["flux"] > 0, 1, -1)
        jitter = np.clip(0.5 * sigma, 0.02, 0.3) / 3600
        dec = np.round(known["dec"][index] + rng.normal(0, 1, count) * jitter, 7)
        ra = np.round((known["ra"][index] + rng.normal(0, 1, count) * jitter / np.cos(np.radians(dec))) % 360, 7)
        distnr = short(np.abs(known["distnr"][index] + rng.normal(0, 0.03, count)))
        fixed = photometry.correct(mag, sigma, sign, distnr, known["magnr"][index], known["sigmagnr"][index])
        key = index * 4 + pick["fid"]
        first = np.zeros(self.n * 4, dtype=bool)
        first[key[::-1]] = fixed["corrected"][::-1]
        new, bogus = self.new[index], known["label"][index] == "bogus"
        drb = np.where(bogus, rng.uniform(0.01, 0.4, count), 1 - rng.exponential(0.004, count).clip(0, 0.3))
        return {
            "index": index, "oid": self.oid[index], "candid": pick["candid"], "mjd": mjd, "fid": pick["fid"],
            "pid": pick["pid"], "diffmaglim": pick["diffmaglim"], "isdiffpos": sign, "rfid": pick["rfid"],
            "nid": pick["pid"] // 10 ** 9, "distnr": distnr, "magpsf": mag, "sigmapsf": sigma,
            "magpsf_corr": short(fixed["mag"]), "sigmapsf_corr": short(fixed["sigma"]),
            "sigmapsf_corr_ext": short(fixed["sigma_ext"]), "ra": ra, "dec": dec, "corrected": fixed["corrected"],
            "magap": np.round(mag + rng.normal(0, 0.05, count), 4), "sigmagap": np.round(sigma * 1.2, 4),
            "magapbig": np.round(mag + rng.normal(0, 0.08, count), 4), "sigmagapbig": np.round(sigma * 1.6, 4),
            "rb": short(np.where(bogus, rng.uniform(0.55, 0.7, count), rng.uniform(0.55, 1, count))),
            "rbversion": np.where(mjd < 58600, "t8_f5_c3", "t17_f5_c3"), "has_stamp": pick["packet"],
            "drb": np.where(mjd < 58650, np.nan, short(drb)), "drbversion": np.where(mjd < 58650, None, "d6_m7"),
            "dubious": photometry.dubious(fixed["corrected"], first[key], sign),
            "parent_candid": np.where(pick["packet"], None, pick["parent"].astype(object)),
            "step_id_corr": np.where(new, "27.5.6", "bulk_1.0.0"), "magnr": known["magnr"][index],
            "sigmagnr": known["sigmagnr"][index]}

    def bad_quality(self):
        """Columns of the table ``bad_quality``: half an hour before some visits, or at the very time of an alert."""
        visits, known = self.visits, self.objects
        rng = np.random.default_rng([self.n, 55])  # of its own, so that the sky is the same without it
        lot = rng.uniform(0, 1, len(visits["mjd"]))
        rows = np.flatnonzero(visits["reported"] & ((lot < 0.06) | (visits["packet"] & (lot > 0.995))))
        pick = {name: column[rows] for name, column in visits.items()}
        index, count = pick["index"], len(rows)
        return {"oid": self.oid[index], "mjd": np.round(pick["mjd"] - np.where(lot[rows] < 0.06, 0.0208, 0.0), 7),
                "fid": pick["fid"], "magpsf": np.round(pick["diffmaglim"] - rng.uniform(-0.5, 1.5, count), 4),
                "sigmapsf": np.round(rng.uniform(0.08, 0.35, count), 6), "diffmaglim": pick["diffmaglim"],
                "magnr": known["magnr"][index], "sigmagnr": known["sigmagnr"][index],
                "isdiffpos": np.where(rng.uniform(0, 1, count) < 0.7, 1, -1),
                "distnr": short(known["distnr"][index] + rng.uniform(0, 0.4, count))}

    def upper_limits(self):
        """Columns of the table ``upper_limits``."""
        visits = self.visits
        use = visits["reported"] & ~visits["detected"]
        return {"oid": self.oid[visits["index"][use]],
                **{name: visits[name][use] for name in ("mjd", "fid", "diffmaglim")}}

    def forced_photometry(self):
        """Columns of the table ``forced_photometry``: the visits that the alerts after MJD 60280 report."""
        rng, known, visits = self.rng, self.objects, self.visits
        rows = np.flatnonzero(visits["reported"] & (visits["mjd"] > 60280))
        pick = {name: column[rows] for name, column in visits.items()}
        index, count = pick["index"], len(rows)
        # Status 61: not measured, everything that would follow from a measurement is a fill value.
        failed = rng.uniform(0, 1, count) < 0.12
        magzpsci = _single(rng.normal(26.2, 0.12, count))
        scale = lightcurves.flux(magzpsci)
        measured = pick["flux"] + 0.3 * pick["noise"] * rng.normal(0, 1, count)
        flux = _single(np.where(failed, -99999.0, measured / scale))
        error = _single(np.where(failed, -99999.0, pick["noise"] / scale))
        mag, e_mag, sign = photometry.forced_magnitudes(flux, error, magzpsci)
        near = {"distnr": known["distnr"][index] * 1.01, "magnr": known["magnr"][index],
                "sigmagnr": known["sigmagnr"][index], "ranr": known["ra"][index], "decnr": known["dec"][index],
                "chinr": rng.uniform(0.3, 2, count), "sharpnr": rng.normal(0, 0.1, count)}
        near = {name: _single(np.where(failed, -99999.0, value)) for name, value in near.items()}
        fixed = photometry.correct(mag, e_mag, sign, near["distnr"], near["magnr"], near["sigmagnr"])
        for name in ("mag", "sigma", "sigma_ext"):
            fixed[name][failed] = photometry.UNUSABLE
        green = pick["fid"] == 1
        return {
            "oid": self.oid[index], "pid": pick["pid"], "mjd": pick["mjd"], "fid": pick["fid"], "rfid": pick["rfid"],
            "ra": np.round(known["ra"][index], 7), "dec": np.round(known["dec"][index], 7), "mag": _single(mag),
            "e_mag": _single(e_mag), "mag_corr": fixed["mag"], "e_mag_corr": fixed["sigma"],
            "e_mag_corr_ext": fixed["sigma_ext"], "isdiffpos": sign, "corrected": fixed["corrected"],
            "dubious": np.zeros(count, dtype=bool), "parent_candid": pick["parent"], "forcediffimflux": flux,
            "forcediffimfluxunc": error, "field": known["field"][index], "rcid": known["rcid"][index],
            "sciinpseeing": _single(rng.uniform(1.4, 3.5, count)), "scibckgnd": _single(rng.uniform(90, 400, count)),
            "scisigpix": _single(rng.uniform(4, 15, count)), "magzpsci": magzpsci,
            "magzpsciunc": _single(rng.uniform(2e-6, 6e-5, count)),
            "magzpscirms": _single(rng.uniform(0.015, 0.05, count)),
            "clrcoeff": _single(np.where(green, -0.06, 0.1) + rng.normal(0, 0.01, count)),
            "clrcounc": _single(rng.uniform(3e-6, 6e-5, count)), "exptime": np.where(pick["mjd"] > 60900, np.nan, 30.0),
            "adpctdif1": _single(rng.uniform(0.04, 0.1, count)), "adpctdif2": _single(rng.uniform(0.04, 0.1, count)),
            "diffmaglim": _single(pick["diffmaglim"]), "programid": np.ones(count, dtype=int),
            "procstatus": np.where(failed, "61", "0"), **near}
