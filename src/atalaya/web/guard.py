"""What stands before every request: whose host it names, who may change things, what a page may load."""

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import Request, Response

from atalaya.errors import NotPermittedError
from atalaya.web.status import error_response

TOKEN_HEADER = "x-atalaya-token"  # noqa: S105  # the header's name, not a secret
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self'; connect-src 'self'; font-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""On every answer; no inline script, nothing from another origin."""

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::[0-9]{1,5})?")

type Next = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses requests for another host name, and changes without the token this server made.

    Args:
        hosts: names this server answers to, without port: a page of another site that has its name
            resolve to this machine gets nothing.
        token: random for each server; the page carries it, another site cannot read it.
    """

    hosts: tuple[str, ...] = LOOPBACK_NAMES
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    async def __call__(self, request: Request, call_next: Next) -> Response:
        """Check, answer, and put the headers on."""
        try:
            self.check(request)
        except NotPermittedError as error:
            response: Response = error_response(403, type(error).__name__, str(error))
        else:
            response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        if request.url.path.startswith("/api/"):
            response.headers.setdefault("cache-control", "no-store")
        return response

    def check(self, request: Request) -> None:
        """Nothing, or a refusal.

        Raises:
            NotPermittedError: another host name, another origin, or a change without the token.
        """
        host = request.headers.get("host", "")
        if _name(host) not in self.hosts:
            raise NotPermittedError(f"this server does not answer to the name {_name(host)!r}")
        if request.method in SAFE_METHODS:
            return
        origin = request.headers.get("origin")
        if origin is None or urlsplit(origin).netloc != host:
            raise NotPermittedError(f"a change must come from this server's own page, not from {origin!r}")
        if not secrets.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), self.token.encode()):
            raise NotPermittedError("a change needs the token of this server's page; load the page again")


def _name(host: str) -> str:
    """`127.0.0.1:8321` is `127.0.0.1`; `[::1]:8321` is `[::1]`; empty where it is no host and port."""
    found = _HOST.fullmatch(host)
    return found[1].lower() if found else ""
