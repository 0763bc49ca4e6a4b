# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for what ALeRCE derived: class probabilities, features, classifiers."""

from functools import partial

from ..arguments import check_choice, check_integer, check_text
from ..endpoints import Request
from ..exceptions import ObjectNotFoundError
from ..results import native_table
from ..verbs import Plan
from .endpoints import (CLASSES, CLASSIFIERS, FEATURE, FEATURES, LSST_CLASSES, LSST_CLASSIFIERS, LSST_PROBABILITIES,
                        PROBABILITIES, alerce_query)
from .parse import NO_CLASSES, name_hint, no_classifier
from .routes import either_route

__all__ = ["ClassificationQueries"]

_FEATURE_BANDS = (0, 1, 2, 12)
_NO_FEATURES = "The features of LSST objects are only in ALeRCE's TAP service, table alerce_tap.feature."


class ClassificationQueries:
    """Verbs that return classes and features (mixin)."""

    @alerce_query(PROBABILITIES, LSST_PROBABILITIES)
    @either_route
    def query_probabilities(self, object_id, *, classifier=None, classifier_version=None, survey=None):
        """Class probabilities of objects.

        Parameters
        ----------
        object_id : str, int or sequence of them
            One id or many of one survey.
        classifier, classifier_version : str, optional
            Only of this classifier (version), e.g. ``"lc_classifier"``.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``oid``, ``classifier_name``, ``classifier_version`` (for LSST the number of ALeRCE's database, not the
            text that `query_classifiers` has), ``class_name``, ``probability`` (0 to 1), ``ranking`` (1 is the most
            probable of the classifier and version). Empty, with a warning, for an object that no classifier has seen,
            and for one that ALeRCE does not know: `query_object` finds the former only.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/{oid}/probabilities``, and multi-survey API, ``/probability_api/probability``.
        One request for each object.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> classes = Alerce.query_probabilities(objects["oid"][0])
        >>> bool(classes["probability"].max() <= 1)
        True

        >>> rubin = Alerce.query_region("185.0 15.0", "10 arcmin", survey="lsst")
        >>> classes = Alerce.query_probabilities(rubin["oid"][0], classifier="stamp_classifier_rubin_beta")
        >>> sorted(classes["class_name"].tolist())
        ['AGN', 'SN', 'VS', 'asteroid', 'bogus']
        """
        params = [(name, check_text(value, name)) for name, value in
                  (("classifier", classifier), ("classifier_version", classifier_version)) if value is not None]
        plan = self._per_object([PROBABILITIES, LSST_PROBABILITIES], object_id, survey)
        if plan.survey == "lsst":
            # The service would answer an unknown classifier as it does an unknown object.
            wanted = {{"classifier": "classifier_name"}.get(name, name): value for name, value in params}
            plan.build = partial(_where, wanted=wanted)
        else:
            plan.requests = [request.with_params(**dict(params)) for request in plan.requests]
        plan.hint = name_hint(params) or NO_CLASSES
        return plan

    @alerce_query(FEATURES)
    @either_route
    def query_features(self, object_id, *, fid=None, version=None, survey=None):
        """Features of objects: the numbers that the light curve classifiers use.

        Parameters
        ----------
        object_id : str or sequence of str
            One id of ZTF or many; the features of LSST are only in ALeRCE's TAP service.
        fid : {0, 1, 2, 12}, optional
            Only of this band: 0 none, 1 g, 2 r, 12 both.
        version : str, optional
            Only of this version of the feature extractor.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``oid``, ``name``, ``value`` (unit and meaning depend on the feature; masked where ALeRCE has NaN or
            null), ``fid``, ``version``.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/{oid}/features``; features: Sanchez-Saez et al. 2021, AJ 161, 141.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> features = Alerce.query_features(objects["oid"][0])
        >>> features.colnames
        ['oid', 'name', 'value', 'fid', 'version']
        """
        return self._per_object([FEATURES], object_id, survey, params=_feature_params(fid, version),
                                instead=_NO_FEATURES)

    @alerce_query(FEATURE, FEATURES)
    def query_feature(self, object_id, name, *, fid=None, version=None, survey=None):
        """One feature of objects, in all bands and versions.

        Parameters
        ----------
        object_id : str or sequence of str
            One id of ZTF or many; the features of LSST are only in ALeRCE's TAP service.
        name : str
            E.g. ``"Multiband_period"`` or ``"g-r_max"``.
        fid : {0, 1, 2, 12}, optional
            Only of this band: 0 none, 1 g, 2 r, 12 both.
        version : str, optional
            Only of this version of the feature extractor.
        survey : str, optional
            Follows from the id.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            Columns of `query_features`.

        Notes
        -----
        ALeRCE ZTF API v1, ``/objects/{oid}/features/{name}``; a name with ``/`` cannot be part of that address and
        is picked from the list of all features.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> objects = Alerce.query_region("185.0 15.0", "10 arcmin")
        >>> period = Alerce.query_feature(objects["oid"][0], "Multiband_period")
        >>> set(period["name"].tolist())
        {'Multiband_period'}
        """
        check_text(name, "name")
        params = _feature_params(fid, version)
        if "/" not in name and name not in (".", ".."):
            plan = self._per_object([FEATURE], object_id, survey, params=params, path={"name": name},
                                    instead=_NO_FEATURES)
        else:
            plan = self._per_object([FEATURES], object_id, survey, params=params, instead=_NO_FEATURES)
            plan.build = partial(_where, wanted={"name": name})
        plan.hint = "query_features(...) has the names and versions of all features of an object."
        return plan

    @alerce_query(CLASSIFIERS, LSST_CLASSIFIERS)
    def query_classifiers(self, *, survey=None):
        """Classifiers, with their versions and classes.

        Parameters
        ----------
        survey : str, optional
            ``"ztf"`` or ``"lsst"``; ``conf.survey`` by default.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``classifier_name``, ``classifier_version``, ``classes`` (arrays of text), for LSST ``classifier_id``.

        Notes
        -----
        ALeRCE ZTF API v1, ``/classifiers/``, and multi-survey API, ``/classifier_api/classifiers``.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> classifiers = Alerce.query_classifiers()
        >>> "stamp_classifier" in classifiers["classifier_name"]
        True

        >>> Alerce.query_classifiers(survey="lsst")["classifier_name"].tolist()
        ['stamp_classifier_rubin_beta', 'stamp_classifier_rubin_beta_20260421']
        """
        survey = self._survey_of_search(survey)
        endpoint = LSST_CLASSIFIERS if survey == "lsst" else CLASSIFIERS
        return Plan([Request(endpoint)], asked="classifiers", survey=survey)

    @alerce_query(CLASSES, LSST_CLASSES)
    def query_classes(self, classifier_name, classifier_version, *, survey=None):
        """Classes that a classifier tells apart.

        Parameters
        ----------
        classifier_name, classifier_version : str
            As `query_classifiers` lists them.
        survey : str, optional
            ``"ztf"`` or ``"lsst"``; ``conf.survey`` by default.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``classifier_name``, ``classifier_version``, ``name``.

        Raises
        ------
        ObjectNotFoundError
            If there is no such classifier.

        Notes
        -----
        ALeRCE ZTF API v1, ``/classifiers/{classifier_name}/{classifier_version}/classes``; for LSST what the list of
        classifiers has, multi-survey API, ``/classifier_api/classifiers``.

        Examples
        --------
        >>> from astroquery_brokers import Alerce
        >>> classes = Alerce.query_classes("stamp_classifier", "stamp_classifier_1.0.4")
        >>> sorted(classes["name"].tolist())
        ['AGN', 'SN', 'VS', 'asteroid', 'bogus']
        """
        path = {"classifier_name": check_text(classifier_name, "classifier_name"),
                "classifier_version": check_text(classifier_version, "classifier_version")}
        asked, survey = f"classes of {classifier_name} {classifier_version}", self._survey_of_search(survey)
        if survey == "lsst":
            return Plan([Request(LSST_CLASSES)], asked=asked, survey=survey, build=partial(_classes, wanted=path))
        return Plan([Request(CLASSES, path=path, added=path)], asked=asked, survey=survey)


def _feature_params(fid, version):
    params = [] if fid is None else [("fid", str(check_choice(check_integer(fid, "fid", low=0), _FEATURE_BANDS,
                                                              "fid")))]
    return params + ([] if version is None else [("version", check_text(version, "version"))])


def _where(broker, plan, answers, *, wanted):
    """The rows with these values, as text."""
    return _rows_with(native_table(broker, plan, answers), wanted)


def _rows_with(table, wanted):
    for name, value in wanted.items():
        table = table[table[name].astype(str) == value]
    return table


def _classes(broker, plan, answers, *, wanted):
    every = native_table(broker, plan, answers)
    table = _rows_with(every, wanted)
    if not len(table):
        known = set(zip(every["classifier_name"].tolist(), every["classifier_version"].tolist()))
        raise ObjectNotFoundError(no_classifier(*wanted.values(), known, plan.survey), broker=broker.broker)
    return table
