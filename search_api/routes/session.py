"""`/v1/session`: a cookie in place of the key, for the audio and images of a page."""

from fastapi import APIRouter, Request, Response

from search_api.security import COOKIE, SESSION_SECONDS, KeyRing

router = APIRouter(prefix="/session", tags=["session"])


@router.post("", status_code=204, summary="Get a cookie that permits GET requests for 12 hours")
async def open_session(request: Request, response: Response) -> None:
    """Page elements that play audio or show images cannot send a key. Sets no cookie if the service needs no key."""
    ring: KeyRing = request.app.state.ring
    if ring:
        response.set_cookie(
            COOKIE,
            ring.open_session(),
            max_age=SESSION_SECONDS,
            path="/v1",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )


@router.delete("", status_code=204, summary="Delete the cookie")
async def close_session(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/v1", httponly=True, samesite="strict")
