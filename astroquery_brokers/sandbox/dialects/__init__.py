# Licensed under a 3-clause BSD style license - see LICENSE.rst
"""How each broker speaks: thin layers over the store, one ASGI application per service, quirks included."""
