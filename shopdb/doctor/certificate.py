"""The certificate of the proxy in front, and whether the way through it leads to this site."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from shopdb.config import Settings
from shopdb.doctor.finding import Finding, ok

CONNECT_SECONDS: Final = 5.0
LONGEST_ANSWER: Final = 10_000

# Whoever renews by himself does so with a third of the time left, be that a month or, with a CA of one's own, hours.
SHARE_LEFT: Final = 5
DAYS_LEFT: Final = timedelta(days=21)


def in_front(settings: Settings, now: datetime) -> Finding:
    """Tell whether SHOPDB_PUBLIC_URL is reached over TLS that this host trusts, for how long, and is this site."""
    url = settings.public_url
    if not url:
        if settings.trusted_proxy:
            told = "A proxy is trusted, and nobody said where it is reached, so its certificate is not looked at."
            return Finding("hint", told, "Set SHOPDB_PUBLIC_URL to its https:// address.")
        return ok("No proxy is named in front of this server.")
    if url.startswith("http://"):
        return Finding(
            "hint",
            f"{url} is plain HTTP: passwords and tokens can be read on the way.",
            "Put a proxy with TLS in front (docs/HARDENING.md).",
        )
    try:
        certificate, mark = _asked(url)
    except ssl.SSLCertVerificationError as refused:
        return Finding("fault", f"{url} is not to be trusted: {refused.verify_message}.", _remedy(refused))
    except (OSError, http.client.HTTPException) as silent:
        told = f"{url} does not answer ({str(silent) or type(silent).__name__})."
        return Finding("fault", told, "See whether the proxy runs, and whether its name leads here.")
    if mark != settings.site_mark:
        told = f"{url} answers, but not as this site's server."
        return Finding("fault", told, "See where the proxy sends requests, and whether `shopdb serve` runs there.")
    return _lifetime(url, certificate, now)


def _asked(url: str) -> tuple[dict[str, Any], str]:
    """Return the certificate of the host, and the mark of the site that answers through it ("" if none does)."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or http.client.HTTPS_PORT
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), CONNECT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        certificate = secure.getpeercert() or {}
        connection = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        connection.sock = secure
        connection.request("GET", "/api/health", headers={"Host": parts.netloc, "Connection": "close"})
        told = connection.getresponse().read(LONGEST_ANSWER)
    return certificate, _mark(told)


def _mark(told: bytes) -> str:
    try:
        document = json.loads(told)
    except ValueError:  # another program's page, or the proxy's own
        return ""
    return str(document.get("mark", "")) if isinstance(document, dict) else ""


def _lifetime(url: str, certificate: dict[str, Any], now: datetime) -> Finding:
    begin, end = (
        datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate[name]), UTC) for name in ("notBefore", "notAfter")
    )
    told = f"{url} leads to this site; its certificate is good until {end:%Y-%m-%d %H:%M} UTC."
    if end - now < min((end - begin) / SHARE_LEFT, DAYS_LEFT):
        return Finding("warning", told, "Renew it, or see why the proxy has not done so by itself.")
    return ok(told)


def _remedy(refused: ssl.SSLCertVerificationError) -> str:
    told = refused.verify_message
    if "expired" in told:
        return "Renew it, or see why the proxy has not done so by itself."
    if "match" in told or "not valid for" in told:
        return "Give the proxy a certificate for this name, or correct SHOPDB_PUBLIC_URL."
    return "Let this host trust the site's CA: add its certificate to the system's, or name it in SSL_CERT_FILE."
