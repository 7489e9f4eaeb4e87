"""`/v1/session`: a cookie in the place of the key, for audio and pictures that a page shows."""

from fastapi import APIRouter, Request, Response

from search_api.security import COOKIE, SESSION_SECONDS, KeyRing

router = APIRouter(prefix="/session", tags=["session"])


@router.post("", status_code=204, summary="Get a cookie that opens what GET can read, for 12 hours")
async def open_session(request: Request, response: Response) -> None:
    """The elements of a page that play audio or show pictures cannot send a key. Sets nothing where none is needed."""
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


@router.delete("", status_code=204, summary="Drop the cookie")
async def close_session(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/v1", httponly=True, samesite="strict")
