"""Who may ask: API keys, and the rule that only loopback goes without one."""

import hmac
from typing import Annotated, ClassVar

from fastapi import Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from polymuse.errors import UserError
from search_api.hosts import is_loopback


class UnauthorizedError(UserError):
    """A request without the right API key."""

    kind: ClassVar[str] = "unauthorized"
    http_status: ClassVar[int] = 401


def check_exposure(host: str, api_key: SecretStr | None) -> None:
    """Raise UserError if `host` can be reached from other machines and no API key protects it."""
    if api_key is not None and not api_key.get_secret_value().strip():
        raise UserError("The API key is empty", "Set POLYMUSE_API_KEY or --api-key to a long random text, or drop it")
    if api_key is None and not is_loopback(host):
        raise UserError(
            f"Host {host!r} can be reached from other machines and no API key is set",
            "Set POLYMUSE_API_KEY or --api-key, or bind to 127.0.0.1",
        )


class ApiKeyGuard:
    """Dependency of the routes that need the key, as `X-API-Key: KEY` or `Authorization: Bearer KEY`."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key.get_secret_value().encode()

    async def __call__(
        self,
        header: Annotated[str | None, Security(APIKeyHeader(name="X-API-Key", auto_error=False))],
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))],
    ) -> None:
        offered = header if header is not None else bearer.credentials if bearer else None
        if offered is None:
            raise UnauthorizedError("This service needs an API key", "Send it as X-API-Key or as a bearer token")
        # Headers arrive decoded as Latin-1; back to the bytes that were sent.
        if not hmac.compare_digest(offered.encode("latin-1"), self._key):
            raise UnauthorizedError("The API key is wrong", "Ask whoever runs the service for the right one")
