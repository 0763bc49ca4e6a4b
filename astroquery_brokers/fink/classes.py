# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Questions for what alerts can be searched by, and for the columns that the service has."""

from functools import partial

import numpy as np

from ..arguments import check_choice, check_survey
from ..endpoints import Request
from ..results import native_table
from ..tables import Decoded
from ..verbs import Plan
from .endpoints import BLOCKS, CLASSES, FLAVORS, LSST_SCHEMA, SCHEMA, SSOFT_SCHEMA, TAGS, fink_query

__all__ = ["ClassQueries"]

# Rubin's schema is one for each endpoint; these have one.
_LSST_TABLES = {"lsst_sources": "/api/v1/sources", "lsst_objects": "/api/v1/objects",
                "lsst_forced_photometry": "/api/v1/fp", "lsst_cone": "/api/v1/conesearch", "lsst_tags": "/api/v1/tags",
                "lsst_sso": "/api/v1/sso", "lsst_statistics": "/api/v1/statistics"}


class ClassQueries:
    """Verbs that list what can be asked for (mixin)."""

    @fink_query(CLASSES, also="list_classes")
    def query_classes(self):
        """Classes of ZTF's alerts, for ``class_name=``.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``class_name`` and ``source``: ``Fink``, ``TNS`` or ``SIMBAD``. SIMBAD's types have an older and a newer
            name; alerts keep the one that was valid when they were made.

        Notes
        -----
        ``/api/v1/classes``. Most alerts have the class ``Unknown``, which is not in the list.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> classes = Fink.query_classes()
        >>> "SN candidate" in classes["class_name"]
        True
        """
        return Plan([Request(CLASSES)], asked="classes", survey="ztf")

    @fink_query(TAGS, also="list_tags")
    def query_tags(self):
        """Filters of Fink for Rubin's alerts, for ``tag=``.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``name``, ``description`` and ``api``, whether `query_alerts` can ask for it.

        Notes
        -----
        ``/api/v1/tags``.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> tags = Fink.query_tags()
        >>> "in_tns" in tags["name"][tags["api"]]
        True
        """
        return Plan([Request(TAGS)], asked="tags", survey="lsst")

    @fink_query(BLOCKS, also="list_blocks")
    def query_blocks(self):
        """Conditions that Fink's filters for Rubin's alerts are made of.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``name`` and ``description``.

        Notes
        -----
        ``/api/v1/blocks``. The Data Transfer service takes them as conditions.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> blocks = Fink.query_blocks()
        >>> "b_good_quality" in blocks["name"]
        True
        """
        return Plan([Request(BLOCKS)], asked="blocks", survey="lsst")

    @fink_query(SCHEMA, LSST_SCHEMA, SSOFT_SCHEMA)
    def query_schema(self, table=None, *, survey=None):
        """The service's own list of columns, compared with the dictionary that comes with this package.

        Parameters
        ----------
        table : str, optional
            Name of one of our tables: ``"ztf_alerts"`` (by default), ``"lsst_sources"``, ``"ssoft_hg"``, ...
        survey : str, optional
            ``"ztf"`` or ``"lsst"``, in place of ``table``.

        Returns
        -------
        `~astroquery_brokers.BrokerTable`
            ``column``, ``type`` and ``description`` as the service has them; ``in_schema`` and ``in_dictionary``,
            which of the two knows the column.

        Notes
        -----
        ``/api/v1/schema``. It is not exact: it has columns that no table has, and lacks some that replies have.

        Examples
        --------
        >>> from astroquery_brokers import Fink
        >>> schema = Fink.query_schema("lsst_objects")
        >>> bool(schema["in_dictionary"][schema["column"] == "r:nDiaSources"][0])
        True
        """
        flavors = {f"ssoft_{flavor.lower()}": flavor for flavor in FLAVORS}
        tables = ("ztf_alerts", *_LSST_TABLES, *flavors)
        if table is None:
            survey = "ztf" if survey is None else check_survey(survey, self.surveys)
            table = {"ztf": "ztf_alerts", "lsst": "lsst_sources"}[survey]
        check_choice(table, tables, "table")
        if table in flavors:
            request = Request(SSOFT_SCHEMA, json={"flavor": flavors[table], "schema": True})
        elif table == "ztf_alerts":
            request = Request(SCHEMA)
        else:
            request = Request(LSST_SCHEMA, json={"endpoint": _LSST_TABLES[table]})
        return Plan([request], asked=f"the schema of {table}", survey=request.endpoint.survey,
                    build=partial(_compared, table=table))


def _compared(broker, plan, answers, *, table):
    """The schema, with the columns that only the dictionary knows below it."""
    dictionary, schema = broker._dictionary(table), broker._dictionary("schema")
    sent = np.concatenate([part.masked("column").filled("").astype(str)
                           for answer in answers for part in answer.tables["schema"]] or [np.array([], dtype=str)])
    if table == "ztf_alerts":
        for answer in answers:  # images are no columns of tables
            answer.tables["schema"] = [part.take(np.flatnonzero(~np.char.startswith(part.columns["column"][0], "b:")))
                                       for part in answer.tables["schema"]]
    names = [column.name for column in dictionary.columns if column.name not in set(sent)]
    rest = Decoded(len(names))
    rest.columns["column"] = (np.array(names, dtype=str), None)
    answers[0].tables["schema"].append(rest)
    for part, listed in ((part, part is not rest) for answer in answers for part in answer.tables["schema"]):
        part.add(schema["in_schema"], listed)
        part.add(schema["in_dictionary"], np.isin(part.columns["column"][0], list(dictionary.by_name)))
    return native_table(broker, plan, answers)
