"""Cookies that nobody can forge, read from a script, or plant from a neighbouring host.

Each is signed, HttpOnly and SameSite=Lax; where the server is reached by https, also Secure
and named `__Host-…`, which a browser accepts from this very host only. One that is meant for
a frame in a page of another site is kept apart for each such site (Partitioned).
"""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import Response

from roledesk.settings import ServerSettings


class Cookies:
    """Sets and reads this server's cookies; a value is a list of texts."""

    def __init__(self, settings: ServerSettings) -> None:
        self._secret = settings.secret.get_secret_value()
        self._secure = settings.is_secure
        self._prefix = "__Host-roledesk-" if self._secure else "roledesk-"

    def set(
        self,
        response: Response,
        name: str,
        value: list[str],
        *,
        max_age_s: int | None = None,
        framed: bool = False,
    ) -> None:
        """Have the browser keep `value`; until it is closed, or for `max_age_s`."""
        signed = self.sign(name, value)
        elsewhere = framed and self._secure
        response.set_cookie(
            self._prefix + name,
            signed,
            max_age_s,
            secure=self._secure,
            httponly=True,
            samesite="none" if elsewhere else "lax",
            path="/",
        )
        if elsewhere:
            # Python's cookies learn this word in 3.14 only.
            name_of_header, header = response.raw_headers.pop()
            response.raw_headers.append((name_of_header, header + b"; Partitioned"))

    def sign(self, name: str, value: list[str]) -> str:
        """What the browser is given for `value`."""
        return str(self._signer(name).dumps(value))

    def find(self, request: Request, name: str) -> list[str] | None:
        """What was set under `name`; None when it is absent or not ours."""
        signed = request.cookies.get(self._prefix + name)
        if signed is None:
            return None
        try:
            value = self._signer(name).loads(signed)
        except BadSignature:
            return None
        return [str(each) for each in value]

    def clear(self, response: Response, name: str) -> None:
        """Have the browser forget it."""
        response.delete_cookie(self._prefix + name, "/", secure=self._secure, httponly=True, samesite="lax")

    def _signer(self, name: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt=f"cookie {name}")
