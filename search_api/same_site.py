"""Protection of routes that change something against requests that pages of other sites send (CSRF)."""

from fastapi import HTTPException, Request

from search_api.security import SAFE_METHODS, ForbiddenError

OWN = ("same-origin", "none")  # `none`: typed in, or not a browser
JSON = "application/json"


async def check_same_site(request: Request) -> None:
    """Rejects a request of another site. On loopback without keys nothing else keeps it out.

    Browsers ask before they send JSON or PUT, PATCH and DELETE to another origin, and there are no CORS headers that
    allow it; but FastAPI also reads a body without a content type as JSON.

    Raises ForbiddenError, and HTTPException 415.
    """
    if request.headers.get("sec-fetch-site", "none") not in OWN:
        raise ForbiddenError("This is not allowed to pages of other sites", "Use the page of this service")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method not in SAFE_METHODS and request.method != "DELETE" and kind != JSON:
        raise HTTPException(415, f"The request body must be {JSON}")
