"""Which requests pages of other sites have sent (CSRF). On loopback without keys nothing else keeps them out."""

from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.datastructures import Headers

SAFE_METHODS = ("GET", "HEAD")
JSON = "application/json"


def is_foreign(method: str, headers: Headers) -> bool:
    """Whether a page of another site has sent the request, or for one that changes something, of another origin.

    Browsers leave `Sec-Fetch-Site` out over plain HTTP, but name the origin of every request that changes something.
    """
    site = headers.get("sec-fetch-site", "none")  # `none` is not of a page, but typed in
    if method in SAFE_METHODS:
        return site == "cross-site"
    if site == "none":
        return "origin" in headers and not names_own_origin(headers)
    return site != "same-origin"


def is_of_the_page(headers: Headers) -> bool:
    """Whether the page of the service has sent the request. SameSite tells neither ports nor subdomains apart."""
    site = headers.get("sec-fetch-site")
    return names_own_origin(headers) if site is None else site == "same-origin"


def names_own_origin(headers: Headers) -> bool:
    """Whether `Origin` has the host and port that the request was sent to."""
    try:
        origin = urlsplit(headers.get("origin", "")).netloc
    except ValueError:
        return False
    return origin != "" and origin.lower() == headers.get("host", "").lower()


async def check_json(request: Request) -> None:
    """Raises HTTPException 415 for a body that does not claim to be JSON: FastAPI reads that as JSON as well."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method not in SAFE_METHODS and request.method != "DELETE" and kind != JSON:
        raise HTTPException(415, f"The request body must be {JSON}")
