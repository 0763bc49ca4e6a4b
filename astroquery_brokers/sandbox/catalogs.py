# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Small external catalogues around the objects of the store, with names, columns and units of ALeRCE's catsHTM.

What is there is one list of sources (the stars, quasars and host galaxies of the objects, and some field sources near
them); each catalogue has those that it can see, a little off. Everything is made at the first question, from a seed.
"""

import hashlib

import numpy as np

__all__ = ["Catalogs", "DEFAULT_RADIUS", "NAMES", "SHOWN", "distances"]

NAMES = (
    "FIRST TMASS TMASSxsc DECaLS GAIADR1 GAIADR2 GALEX HSCv2 IPHAS NEDz SDSSDR10 SDSSoffset SpecSDSS SAGE IRACgc "
    "UKIDSS VISTAviking VSTatlas VSTkids AKARI APASS NVSS Cosmos PTFpc ROSATfsc SkyMapper UCAC4 WISE XMM AAVSO_VSX "
    "unWISE SWIREz CRTS_per_var").split()
SHOWN = {"TMASS": "2MASS", "CRTS_per_var": "CRTS", "GAIADR1": "GAIA/DR1", "GAIADR2": "GAIA/DR2",
         "SDSSDR10": "SDSS/DR10", "TMASSxsc": "2MASSxsc"}
DEFAULT_RADIUS = {"ROSATfsc": 50, "XMM": 8, "APASS": 2, "DECaLS": 0.1, "GAIADR1": 0.1, "GAIADR2": 0.1, "NVSS": 10.8,
                  "SDSSoffset": 0.1, "SkyMapper": 0.4}
# Column=unit:recipe. Units: "-" is a blank, "~" is null. Recipes: m1.5 magnitude 1.5 fainter than in r, u1,2 uniform,
# c7 constant, z redshift, v its velocity, t star (6) or galaxy (3), i infinity at times. A share of nulls follows "?".
_MODEL = " ".join(f"modelMag_{b}=mag:m{m} modelMagErr_{b}=mag:u0.003,0.05" for b, m in (
    ("u", 1.4), ("g", 0.5), ("r", 0), ("i", -0.2), ("z", -0.3)))
_COLUMNS = {
    "TMASS": "Epoch=JD:u2450600,2451900 ErrMaj=arcsec:u0.06,0.4 Mag_J=mag:m-1.3 Mag_H=mag:m-1.8 Mag_K=mag:m-2?0.1 "
             "MagErr_J=mag:u0.02,0.1 MagErr_H=mag:u0.02,0.15 MagErr_K=mag:u0.03,0.3?0.1",
    "DECaLS": "ErrRA=arcsec:u0.0005,0.01 ErrDec=arcsec:u0.0005,0.01 Type=-:c1 DeltaChi2=-:i "
              + " ".join(f"Flux_{b}=nanomaggies:u1,300{n} FluxErr_{b}=nanomaggies:u0.01,4{n}" for b, n in (
                  ("u", "?1"), ("g", "?0.4"), ("r", "?0.4"), ("i", "?1"), ("z", ""), ("y", "?1"), ("W1", ""),
                  ("W2", ""), ("W3", ""), ("W4", ""))),
    "GAIADR1": "ErrRA=mas:u0.1,5 ErrDec=mas:u0.1,2 MagG=mag:m0.1 ErrMagG=mag:u0.0005,0.02 ExcessNoise=-:u0,4?0.02 "
               "ExcessNoiseSig=-:u0,80",
    "GAIADR2": "Epoch=JYear:c2015.5 ErrRA=mas:u0.03,1 ErrDec=mas:u0.03,1 Plx=mas:u-0.2,3?0.1 ErrPlx=mas:u0.03,0.8?0.1 "
               "PMRA=mas/yr:u-20,20?0.1 PMDec=mas/yr:u-20,20?0.1 ErrPMRA=mas/yr:u0.05,1?0.1 "
               "ErrPMDec=mas/yr:u0.05,1?0.1 RA_Dec_Corr=-:u-1,1 ExcessNoise=mas:u0,2 ExcessNoiseSig=-:u0,30 "
               "Mag_G=mag:m0.1 Mag_BP=mag:m0.5?0.05 Mag_RP=mag:m-0.4?0.05 MagErr_G=mag:u0.0005,0.01 "
               "MagErr_BP=mag:u0.002,0.05?0.05 MagErr_RP=mag:u0.002,0.05?0.05 RV=km/s:u-100,100?0.9 "
               "ErrRV=km/s:u0.3,4?0.9 VarFlag=-:c1 Teff=K:u3500,9000?0.5 Teff_low=K:u3300,3500?0.5 "
               "Teff_high=K:u9000,9500?0.5 A_G=mag:u0,1?0.7",
    "NEDz": "ObjType=-:t Velocity=km/s:v z=-:z?0.02 RedshiftType=-:c1 Mag=mag:m0?0.2 Filter=-:u0,5?0.2",
    "SDSSDR10": "type=-:t flags=-:c68987912192 V=deg/day:u-0.002,0.002 Verr=deg/day:u0.001,0.006 "
                + _MODEL,
    "SDSSoffset": "raErr=arcsec:u0.001,0.02 decErr=arcsec:u0.001,0.02 type=-:t flags=-:c68987912192 "
                  "rowv=deg/day:u-0.002,0.002 colv=deg/day:u-0.002,0.002 TAI_r=~:u51500,54500 psffwhm_u=MJD:u1.1,1.7 "
                  "psffwhm_g=~:u1,1.6 psffwhm_r=~:u1,1.5 psffwhm_i=~:u1,1.5 psffwhm_z=~:u1,1.5 "
                  + " ".join(f"offsetRa_{b}=arcsec:u-0.05,0.05 offsetDec_{b}=arcsec:u-0.05,0.05" for b in "ugriz")
                  + " " + _MODEL,
    "SpecSDSS": "z=-:z zErr=-:u0.00001,0.0005 zWarning=-:c0 Class=-:t subClass=-:c0 plate=-:u266,3000 fiberID=-:u1,640 "
                "mjd=MJD:u51600,56900 rChi2=-:u0.8,1.3 DOF=-:c3700 snMedian_r=-:u2,40 velDisp=km/s:u60,300?0.3 "
                "velDispErr=km/s:u5,40?0.3 elodieBV=mag:c0 elodieFeH=FeH:c0 elodieLogG=logg:c0 elodieTEff=K:c0 "
                "fracNSigma_10=-:c0 fracNSigma_5=-:u0,0.001 fracNSigma_8=-:c0 " + _MODEL,
    "APASS": "RAerr=arcsec:u0.2,1 Decerr=arcsec:u0.2,1 Name=-:u20000000,21000000 Nobs=-:u2,9 Mobs=-:u5,40 "
             + " ".join(f"{b}=mag:m{m} {b}err=mag:u0.02,0.2" for b, m in (
                 ("B", 0.9), ("V", 0.2), ("g", 0.5), ("r", 0), ("i", -0.2))) + " BV=mag:u-0.2,1.5 BVerr=mag:u0.02,0.2",
    "PTFpc": "R_PTF=mag:m-0.1 errR_PTF=mag:u0.02,0.1 lowerrR_PTF=mag:u0.02,0.1 uperrR_PTF=mag:u0.02,0.1 "
             "MuType=mag:u-1,1 errMuType=mag:u0.05,0.3 BestRMS=mag:u0.01,0.05 Nnight=-:c27 Nobs=-:c27 PTFFIELD=-:c3425 "
             "CCDID=-:c8 Flag=-:c1",
    "UCAC4": "ErrRA=mas:u5,60 ErrDec=mas:u5,60 PM_RA=mas/yr:u-20,20 PM_Dec=mas/yr:u-20,20 ErrPM_RA=mas/yr:u1,6 "
             "ErrPM_Dec=mas/yr:u1,6 EpochRA=year:u1990,2002 EpochDec=year:u1990,2002 MagModel=mag:m0.1 "
             "MagAper=mag:m0.1 ErrMag=mag:u0.02,0.2 "
             + " ".join(f"Mag{b}=mag:m{m} ErrMag{b}=mag:u0.01,0.1" for b, m in (
                 ("J", -1.3), ("H", -1.8), ("K", -2), ("B", 0.9), ("V", 0.2), ("g", 0.5), ("r", 0), ("i", -0.2)))
             + " " + " ".join(f"{name}=-:c0" for name in (
                 "DSflag Flag2MASSext FlagExtCat FlagH FlagJ FlagK FlagLEDA FlagYale ObjType").split())
             + " ID=-:c120566498 ID2MASS=-:c1320913024 Nep=-:c2 Nim=-:c4 Nobs=-:c4 RecordUCAC2=-:c177963 "
             "ZoneUCAC2=-:c209",
    "UKIDSS": "EPOCH=year:u2005.5,2012 SIGRA=arcsec:c0?1 SIGDEC=arcsec:c0?1 PGALAXY=-:u0,1 PSTAR=-:u0,1 PNOISE=-:u0,1 "
              + " ".join(f"{b}PSFMAG=mag:c0?1 {b}PSFMAGERR=mag:c0?1 {b}SERMAG2D=mag:c0?1 {b}SERMAG2DERR=mag:c0?1 "
                         f"{b}ELL=-:u0,0.6?0.2 {b}PA=deg:u0,180?0.2" for b in ("Y", "J_1", "J_2", "H", "K")),
    "WISE": "ErrRA=arcsec:u0.05,0.4 ErrDec=arcse:u0.05,0.4 Mag_J=mag:m-1.3 Mag_H=mag:m-1.8 Mag_K=mag:m-2 "
            "MagErr_J=mag:u0.02,0.1 MagErr_H=mag:u0.02,0.15 MagErr_K=mag:u0.03,0.3 MeanMJD_W1=MJD:u55200,55600 "
            "Dist_2MASS=arcsec:u0.05,1 PA_2MASS=deg:u0,360 "
            + " ".join(f"Mag_{b}=mag:m{m} MagErr_{b}=mag:u0.02,0.2{n} SNR_{b}=-:u0.3,40 RChi2_{b}=-:u0.8,1.3 "
                       f"Sky_{b}=DN:u10,2500 VarL_{b}=-:u0,9" for b, m, n in (
                           ("W1", -2.2, ""), ("W2", -2.4, ""), ("W3", -4, "?0.5"), ("W4", -7, "?0.7"))),
    "AAVSO_VSX": "VarFlag=-:c0 MaxMag=mag:m-0.3 MinMag=mag:m0.5 Epoch=d:u2450000,2457000?0.3 period=d:u0.2,400?0.2",
    "unWISE": " ".join(f"MagAB_{b}=magAB:m{m} ErrMag_{b}=magAB:u0.01,0.1 SkyMag_{b}=magAB:u24,26 N_{b}=-:u20,150 "
                       f"Flags_{b}=-:c0 FlagsAdd_{b}=-:c0" for b, m in (("w1", 0.3), ("w2", 0.8))),
}
# Which sources a catalogue has: faintest magnitude in r, share, kinds; and how far off it is, in arcsec.
_SEEN = {
    "TMASS": (17.5, 0.8, "sgq", 0.15), "DECaLS": (24, 0.6, "sgq", 0.01), "GAIADR1": (20.5, 0.85, "sq", 0.01),
    "GAIADR2": (21, 0.9, "sq", 0.01), "NEDz": (20, 0.8, "gq", 0.3), "SDSSDR10": (22.5, 0.75, "sgq", 0.05),
    "SDSSoffset": (22.5, 0.75, "sgq", 0.05), "SpecSDSS": (19.5, 0.5, "gq", 0.05), "UKIDSS": (20, 0.4, "sgq", 0.05),
    "APASS": (16.5, 0.7, "s", 0.3), "PTFpc": (19, 0.4, "s", 0.1), "UCAC4": (16, 0.8, "s", 0.05),
    "WISE": (19, 0.8, "sgq", 0.3), "AAVSO_VSX": (18, 0.7, "v", 0.3), "unWISE": (20.5, 0.8, "sgq", 0.3)}
_KINDS = {"RRL": "v", "CEP": "v", "LPV": "v", "EA": "v", "CV/Nova": "v", "QSO": "q", "AGN": "g", "SNIa": "g",
          "SNII": "g", "SLSN": "g"}


def _offset(ra, dec, distance, angle):
    dec_of = np.clip(dec + distance / 3600 * np.sin(angle), -90, 90)
    return (ra + distance / 3600 * np.cos(angle) / np.maximum(np.cos(np.radians(dec_of)), 1e-6)) % 360, dec_of


def _made(rng, recipe, sources):
    """The values of a column."""
    recipe, _, nulls = recipe.partition("?")
    kind, text, count = recipe[0], recipe[1:], len(sources["r"])
    if kind == "u":
        values = np.round(rng.uniform(*map(float, text.split(",")), count), 6)
    elif kind == "m":
        values = np.round(sources["r"] + float(text) + rng.normal(0, 0.05, count), 3)
    elif kind == "i":
        values = np.where(rng.uniform(0, 1, count) < 0.05, np.inf, np.round(rng.normal(-100, 200, count), 4))
    elif kind == "t":
        values = np.where(sources["kind"] == "g", 3.0, 6.0)
    elif kind in "zv":
        values = np.round(sources["z"] * (299792.458 if kind == "v" else 1), 6)
    else:
        values = np.full(count, float(text))
    return np.where(rng.uniform(0, 1, count) < float(nulls or 0), np.nan, values)


def distances(ra, dec, to_ra, to_dec):
    """Distances of positions (arrays, deg) from one position, in arcsec."""
    there, north = np.radians(dec), np.radians(to_dec)
    half = (np.sin((there - north) / 2) ** 2
            + np.cos(north) * np.cos(there) * np.sin((np.radians(ra) - np.radians(to_ra)) / 2) ** 2)
    return 2 * np.degrees(np.arcsin(np.sqrt(np.clip(half, 0, 1)))) * 3600


class Catalogs:
    """The catalogues by name: ``catalogs[name]`` is a dictionary of columns, each ``(unit, values)``, sorted by
    declination; None for a name that is known but holds nothing.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    def __init__(self, store):
        self._store, self._known, self._sources = store, {}, None

    @staticmethod
    def position(name):
        """Names of the columns of the position."""
        return {"SDSSoffset": ("ra", "dec"), "HSCv2": ("MatchRA", "MatchDec"), "XMM": ("RA", "DEC")}.get(
            name, ("RA", "Dec"))

    def __getitem__(self, name):
        if name not in self._known:
            self._known[name] = self._make(name) if name in _COLUMNS else None
        return self._known[name]

    def near(self, name, ra, dec, radius):
        """Rows of a catalogue within a radius (arcsec) of a position, and their distances; both arrays."""
        columns = self[name]
        if columns is None:
            return np.zeros(0, dtype=int), np.zeros(0)
        distance = distances(*(columns[column][1] for column in self.position(name)), ra, dec)
        rows = np.flatnonzero(distance <= radius)
        return rows, distance[rows]

    @property
    def sources(self):
        """The sources of the sky, whatever catalogue they are in: positions, kinds, magnitudes, redshifts (arrays)."""
        if self._sources is None:
            rows = self._store.rows(
                "SELECT meanra, meandec, true_class, oid FROM objects UNION ALL SELECT meanra, meandec, true_class, "
                "CAST(oid AS TEXT) FROM lsst_objects WHERE sid = 1 AND ztf_oid IS NULL ORDER BY 4")
            rng = np.random.default_rng(20121013)
            ra, dec = np.array([row[:2] for row in rows], dtype=float).reshape(-1, 2).T
            kind = np.array([_KINDS.get(row[2], "-" if row[2] else "s") for row in rows])
            count = len(rows)
            # Hosts are beside their transients.
            away = np.where(np.isin([row[2] for row in rows], ("SNIa", "SNII", "SLSN")), rng.uniform(0.3, 3, count), 0)
            host = _offset(ra, dec, away, rng.uniform(0, 2 * np.pi, count))
            field = _offset(np.repeat(ra, 2), np.repeat(dec, 2), rng.uniform(3, 90, 2 * count),
                            rng.uniform(0, 2 * np.pi, 2 * count))
            near = kind != "-"
            sources = {"ra": np.concatenate([host[0][near], field[0]]),
                       "dec": np.concatenate([host[1][near], field[1]]),
                       "kind": np.concatenate([kind[near], np.where(rng.uniform(0, 1, 2 * count) < 0.6, "s", "g")])}
            total = len(sources["ra"])
            sources["r"] = np.round(rng.uniform(14.5, 19.5, total), 3)
            sources["z"] = np.where(sources["kind"] == "q", rng.uniform(0.3, 3, total), rng.uniform(0.005, 0.2, total))
            self._sources = sources
        return self._sources

    def _make(self, name):
        seed = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest())
        rng, sources = np.random.default_rng([1, seed]), self.sources
        faintest, share, kinds, scatter = _SEEN[name]
        kinds = kinds.replace("s", "sv")  # a variable is a star for all but the catalogue of variables
        use = np.isin(sources["kind"], list(kinds)) & (sources["r"] < faintest)
        use &= rng.uniform(0, 1, len(use)) < share
        mine = {key: values[use] for key, values in sources.items()}
        ra, dec = _offset(mine["ra"], mine["dec"], rng.rayleigh(scatter, use.sum()),
                          rng.uniform(0, 2 * np.pi, use.sum()))
        order = np.argsort(dec, kind="stable")
        mine = {key: values[order] for key, values in mine.items()}
        ra_name, dec_name = self.position(name)
        columns = {ra_name: ("deg", ra[order]), dec_name: ("deg", dec[order])}
        for item in _COLUMNS[name].split():
            column, text = item.split("=")
            unit, recipe = text.split(":")
            columns[column] = ({"-": " ", "~": None}.get(unit, unit), _made(rng, recipe, mine))
        return dict(sorted(columns.items()))
