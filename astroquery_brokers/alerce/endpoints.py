# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""What can be asked of ALeRCE."""

from functools import partial

from ..endpoints import Endpoint
from ..paging import Paging
from ..verbs import query
from .parse import forced_photometry_rows, item_rows, light_curve_rows, object_rows

# The official client says "oid".
alerce_query = partial(query, aliases={"oid": "object_id"})

_V1 = "https://api.alerce.online/ztf/v1/ (Swagger); code: alercebroker/web-services, alerts-api"
_V2 = "https://api.alerce.online/v2/lightcurve/docs; code: alercebroker/web-services, lightcurve"
_HOUR = 3600.0
_WEEK = 7 * 24 * _HOUR

# An unknown object is 404 here; for a list of measurements that means "none".
_of_object = partial(Endpoint, base="ztf_url", empty_statuses=frozenset({404}), lifetime=_HOUR, source=_V1)

OBJECTS = Endpoint("objects", "ztf_url", "/objects/", ("ztf_objects",), item_rows, paging=Paging(), batch=100,
                   lifetime=_HOUR, source=_V1)
OBJECT = Endpoint("the object", "ztf_url", "/objects/{object_id}", ("ztf_objects",), object_rows, lifetime=_HOUR,
                  source=_V1)
DETECTIONS = _of_object("detections", path="/objects/{object_id}/detections", tables=("ztf_detections",))
NON_DETECTIONS = _of_object("upper limits", path="/objects/{object_id}/non_detections",
                            tables=("ztf_non_detections",))
LIGHT_CURVE = _of_object("the light curve", path="/objects/{object_id}/lightcurve",
                         tables=("ztf_detections", "ztf_non_detections"), rows=light_curve_rows)
FORCED_PHOTOMETRY = Endpoint("forced photometry", "ztf_v2_url", "/forced-photometry/{object_id}",
                             ("ztf_forced_photometry",), forced_photometry_rows, lifetime=_HOUR, source=_V2)
MAGSTATS = _of_object("statistics per band", path="/objects/{object_id}/magstats", tables=("ztf_magstats",))
PROBABILITIES = _of_object("class probabilities", path="/objects/{object_id}/probabilities",
                           tables=("ztf_probabilities",))
FEATURES = _of_object("features", path="/objects/{object_id}/features", tables=("ztf_features",))
FEATURE = _of_object("a feature", path="/objects/{object_id}/features/{name}", tables=("ztf_features",))
CLASSIFIERS = Endpoint("classifiers", "ztf_url", "/classifiers/", ("ztf_classifiers",), lifetime=_WEEK, source=_V1)
CLASSES = Endpoint("classes", "ztf_url", "/classifiers/{classifier_name}/{classifier_version}/classes",
                   ("ztf_classes",), lifetime=_WEEK, source=_V1)

# Columns by which /objects/ sorts; anything else is refused with 400.
ORDER_BY = ("oid", "ndet", "g_r_max", "g_r_max_corr", "g_r_mean", "g_r_mean_corr", "meanra", "meandec", "sigmara",
            "sigmadec", "deltajd", "firstmjd", "lastmjd", "class_name", "classifier_name", "classifier_version",
            "probability", "ranking")
