"""Lets uv and npm trust whom the machine trusts, as pip does: a company's own authority is in the system's store."""

from __future__ import annotations

import os
from typing import Mapping

SYSTEM_STORES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
VARIABLES = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")  # uv's, and Node's


def with_system_certificates(
    environ: Mapping[str, str], stores: tuple[str, ...] = SYSTEM_STORES
) -> dict[str, str]:
    """A copy of `environ` that names the system's store wherever the person named none."""
    own = dict(environ)
    store = next((path for path in stores if os.path.isfile(path)), None)
    if store is not None:
        for name in VARIABLES:
            own.setdefault(name, store)
    return own
