# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What can be asked of ALeRCE."""

from dataclasses import replace
from functools import partial

from ..endpoints import Endpoint
from ..paging import Paging
from ..verbs import query
from .parse import (absent_classes, absent_object, class_rows, forced_photometry_rows, item_rows, light_curve_rows,
                    lsst_item_rows, lsst_light_curve_rows, lsst_rows, object_rows, unknown_classifier)

# The official client says "oid", and "n_det" for LSST.
alerce_query = partial(query, aliases={"oid": "object_id", "n_det": "ndet"})

_V1 = "https://api.alerce.online/ztf/v1/ (Swagger); code: alercebroker/web-services, alerts-api"
_V2 = "https://api.alerce.online/v2/lightcurve/docs; code: alercebroker/web-services, lightcurve"
_LSST = "https://api-lsst.alerce.online/object_api/docs and so on; code: alercebroker/web-services, multisurveys-apis"
_HOUR = 3600.0
_WEEK = 7 * 24 * _HOUR

_ztf = partial(Endpoint, base="ztf_url", survey="ztf", lifetime=_HOUR, source=_V1)
# An unknown object is 404 here; for a list of measurements that means "none".
_of_object = partial(_ztf, empty_statuses=frozenset({404}))

OBJECTS = _ztf("objects", path="/objects/", tables=("ztf_objects",), rows=item_rows, paging=Paging(), batch=100)
OBJECT = _ztf("the object", path="/objects/{object_id}", tables=("ztf_objects",), rows=object_rows)
DETECTIONS = _of_object("detections", path="/objects/{object_id}/detections", tables=("ztf_detections",))
NON_DETECTIONS = _of_object("upper limits", path="/objects/{object_id}/non_detections",
                            tables=("ztf_non_detections",))
LIGHT_CURVE = _of_object("the light curve", path="/objects/{object_id}/lightcurve",
                         tables=("ztf_detections", "ztf_non_detections"), rows=light_curve_rows)
FORCED_PHOTOMETRY = Endpoint("forced photometry", "ztf_v2_url", "/forced-photometry/{object_id}",
                             ("ztf_forced_photometry",), forced_photometry_rows, survey="ztf", sort_by="mjd",
                             lifetime=_HOUR, source=_V2)
MAGSTATS = _of_object("statistics per band", path="/objects/{object_id}/magstats", tables=("ztf_magstats",))
PROBABILITIES = _of_object("class probabilities", path="/objects/{object_id}/probabilities",
                           tables=("ztf_probabilities",))
FEATURES = _of_object("features", path="/objects/{object_id}/features", tables=("ztf_features",))
FEATURE = _of_object("features", path="/objects/{object_id}/features/{name}", tables=("ztf_features",))
CLASSIFIERS = _ztf("classifiers", path="/classifiers/", tables=("ztf_classifiers",), lifetime=_WEEK)
CLASSES = _ztf("classes", path="/classifiers/{classifier_name}/{classifier_version}/classes",
               tables=("ztf_classes",), lifetime=_WEEK, explain=partial(absent_classes, classifiers=CLASSIFIERS))

# Columns by which /objects/ sorts; anything else is refused with 400.
ORDER_BY = ("oid", "ndet", "g_r_max", "g_r_max_corr", "g_r_mean", "g_r_mean_corr", "meanra", "meandec", "sigmara",
            "sigmadec", "deltajd", "firstmjd", "lastmjd", "class_name", "classifier_name", "classifier_version",
            "probability", "ranking")

_lsst = partial(Endpoint, base="lsst_url", survey="lsst", lifetime=_HOUR, source=_LSST)
_of_lsst_object = partial(_lsst, params=(("survey_id", "lsst"),), ids="oid")
# Rows come in no order. Of a single object no more than ten points of forced photometry come, of two or more all of
# them; an object named twice counts as two.
_measured = partial(_of_lsst_object, batch=20, sort_by="mjd")

LSST_CLASSIFIERS = _lsst("classifiers", path="/classifier_api/classifiers", tables=("lsst_classifiers",),
                         lifetime=_WEEK)
LSST_CLASSES = _lsst("classes", path="/classifier_api/classifiers", tables=("lsst_classes",), rows=class_rows,
                     lifetime=_WEEK)
LSST_OBJECTS = _lsst("objects", path="/object_api/list_objects", tables=("lsst_objects",), rows=lsst_item_rows,
                     params=(("survey", "lsst"),), ids="oid", batch=100,
                     paging=Paging(total="", has_next="has_next"),
                     explain=partial(unknown_classifier, classifiers=LSST_CLASSIFIERS))
LSST_DETECTIONS = _measured("detections", path="/lightcurve_api/detections", tables=("lsst_detections",),
                            rows=lsst_rows)
LSST_OBJECT = _of_lsst_object("the object", path="/object_api/object", tables=("lsst_object",), rows=object_rows,
                              explain=partial(absent_object, detections=LSST_DETECTIONS))
# The same, asked for the number of points that its light curve should have.
LSST_COUNT = replace(LSST_OBJECT, name="the number of forced photometry points")
LSST_FORCED_PHOTOMETRY = _measured("forced photometry", path="/lightcurve_api/forced-photometry",
                                   tables=("lsst_forced_photometry",), rows=lsst_rows, least_ids=2)
LSST_LIGHT_CURVE = _measured("the light curve", path="/lightcurve_api/lightcurve",
                             tables=("lsst_detections", "lsst_forced_photometry"), rows=lsst_light_curve_rows,
                             least_ids=2)
LSST_PROBABILITIES = _lsst("class probabilities", path="/probability_api/probability",
                           tables=("lsst_probabilities",), ids="oid", empty_statuses=frozenset({404}))

# Columns by which list_objects sorts beside those of "lsst_object"; it takes any other name for oid.
LSST_ORDER_BY = ("probability", "ranking", "classifier_id", "classifier_version")
