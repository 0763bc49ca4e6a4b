# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""Options of plots are looked at before images are fetched, on every broker."""

import pytest

from astroquery_brokers import Alerce, Ampel, Fink
from astroquery_brokers.exceptions import InvalidArgumentError


@pytest.mark.parametrize("broker", [Alerce, Ampel, Fink], ids=lambda broker: broker.broker)
@pytest.mark.parametrize("option", [{"stretch": "asin"}, {"north": True}], ids=["value", "name"])
def test_wrong_options_cost_no_request(box, showpiece, broker, option):
    before = len(box.requests)
    with pytest.raises(InvalidArgumentError, match=next(iter(option))):
        broker.plot_cutouts(showpiece, **option, cache=False)
    assert len(box.requests) == before
