# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Fink ZTF: names and comments that users gave to objects (``/api/v1/metadata``); POST writes, until the sandbox ends.

It is in no documentation of the service.
"""

from .fink_tables import send
from .fink_wire import Endpoint, text_reply

__all__ = ["Metadata"]

_ARGUMENTS = ("objectId", "internal_name", "internal_name_encoded")


class Metadata(Endpoint):
    """The endpoint.

    Parameters
    ----------
    store : `~astroquery_brokers.sandbox.store.Store`
    """

    def __init__(self, store):
        super().__init__("Get user-defined metadata attached to objects", self._write,
                         ("objectId", "internal_name", "username"), ("comments",))
        self.rows = []
        for number, (oid,) in enumerate(store.rows("SELECT oid FROM objects ORDER BY meandec LIMIT 3")):
            self._add(oid, f"Object No {number + 1}", "sandbox", "made up")

    def _add(self, oid, name, user, comments):
        self.rows = [row for row in self.rows if row["i:objectId"] != oid] + [{
            "d:comments": comments, "d:internal_name": name, "d:internal_name_encoded": name.replace(" ", ""),
            "d:username": user, "i:objectId": oid}]

    async def __call__(self, request):
        if request.method == "POST":
            return await super().__call__(request)
        return self._read(dict(request.query_params))

    def _read(self, arguments):
        from pandas import DataFrame

        if not arguments:
            return text_reply(self.description)
        if len(arguments) > 1 or not set(arguments) <= set(_ARGUMENTS):
            # A dictionary as the text of a reply is its keys, one after the other.
            return text_reply("statustext", 400)
        (name, value), = arguments.items()
        if name != "objectId":
            rows = [row for row in self.rows if row[f"d:{name}"] == value]
        elif value == "all" or value.startswith("ZTF"):
            rows = [row for row in self.rows if value == "all" or row["i:objectId"].startswith(value)]
        else:
            raise ValueError(f"no name of an object: {value}")
        return send(DataFrame(rows), {})

    def _write(self, arguments):
        self._add(arguments["objectId"].strip(), arguments["internal_name"], arguments["username"],
                  arguments["comments"])
        name = arguments["internal_name"].replace(" ", "")
        return text_reply(f"Thanks {arguments['username']} - You can visit https://api.ztf.fink-portal.org/{name}")
