"""`/v1/session`: sign-in, with a cookie in place of the key."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field

from polymuse.api_keys import MAX_KEY, Scope
from polymuse.errors import NotFoundError, UserError
from search_api.access import Access, AccessControl, UnauthorizedError
from search_api.openapi import example
from search_api.problems import declared
from search_api.queries import Strict
from search_api.security import ForbiddenError, access_of, client_of, cookie_name, key_bytes
from search_api.sessions import KEPT_SECONDS
from search_api.sign_in_links import LINK_SECONDS

public = APIRouter(prefix="/session", tags=["session"])  # signing in needs no key in a header
router = APIRouter(prefix="/session/link", tags=["session"])


class SignIn(Strict):
    model_config = example({"key": "polymuse_read_…", "keep": True})

    key: str | None = Field(default=None, min_length=1, max_length=MAX_KEY)
    link: str | None = Field(default=None, min_length=1, max_length=MAX_KEY, description="token of a one-time link")
    keep: bool = Field(default=False, description="stay signed in for 30 days; else until the browser closes")


class SessionAnswer(BaseModel):
    model_config = example({"needed": True, "scope": "read", "expires": "2026-12-30T12:00:00Z", "kept": True})

    needed: bool = Field(description="whether the service needs a key")
    scope: Scope | None = Field(description="what the client may do; null: nothing before it signs in")
    expires: datetime | None = Field(description="end of the session; null if there is none")
    kept: bool = Field(description="whether the session outlives the browser")


class LinkRequest(Strict):
    scope: Scope = Field(default=Scope.READ, description="what the other device may do")


class LinkAnswer(BaseModel):
    model_config = example(
        {
            "url": "https://music.example.org/sign-in#pYqGHqGvT9uKqkAyY3kHYw",
            "qr_svg": "/v1/session/link/h3vTq0oTkQqO0Yk0bE4b1A",
            "expires_in": 600,
        }
    )

    url: str = Field(description="works once")
    qr_svg: str = Field(description="path of the URL as a QR code, an SVG image")
    expires_in: int = Field(description="seconds")


@public.get("", summary="Whether the client is signed in")
def session(request: Request) -> SessionAnswer:
    """Looks at the cookie only."""
    control: AccessControl = request.app.state.access
    return _answer(control, control.by_cookie(request.cookies.get(cookie_name(request), "")))


@public.post("", responses=declared(400, 401, 413, 422, 429), summary="Sign in: get a cookie in place of a key")
def sign_in(
    request: Request,
    response: Response,
    body: SignIn | None = None,
    header: Annotated[str | None, Header(alias="X-API-Key", max_length=MAX_KEY)] = None,
) -> SessionAnswer:
    """With a key, or the token of a one-time link. The cookie permits what the key does, in requests of the page."""
    control: AccessControl = request.app.state.access
    if not control.ring:
        return _answer(control, None)
    body = body or SignIn()
    client = client_of(request)
    if body.link is not None:
        access, kept = control.by_link(body.link, client), True
    elif body.key is not None:
        access, kept = control.by_key(body.key.encode("utf-8", "replace"), client), body.keep
    elif header is not None:
        access, kept = control.by_key(key_bytes(header), client), body.keep
    else:
        raise UnauthorizedError("Signing in needs a key", 'Send {"key": "…"}')
    control.sessions.close(request.cookies.get(cookie_name(request), ""))
    cookie, session = control.sessions.open(access.key, access.scope, kept=kept, by_link=body.link is not None)
    _set_cookie(request, response, cookie, KEPT_SECONDS if kept else None)
    return _answer(control, Access(access.key, access.scope, session))


@public.delete("", status_code=204, summary="Sign out")
def sign_out(request: Request, response: Response) -> None:
    control: AccessControl = request.app.state.access
    control.sessions.close(request.cookies.get(cookie_name(request), ""))
    _set_cookie(request, response, "", 0)


@router.post("", responses=declared(400, 403, 413, 422), summary="Make a one-time link that signs in another device")
def make_link(request: Request, body: LinkRequest | None = None) -> LinkAnswer:
    """The link works for ten minutes, and the session that it opens for 30 days."""
    access = access_of(request)
    scope = (body or LinkRequest()).scope
    if access is None:
        raise UserError("This service needs no key", "Open its address on the other device")
    if scope is Scope.ADMIN and access.scope is not Scope.ADMIN:
        raise ForbiddenError("A read key can only make links for reading", "Sign in with an admin key")
    if access.session is not None and access.session.by_link:
        raise ForbiddenError("A device that a link has signed in cannot make links", "Sign in with a key")
    root = request.scope.get("root_path", "")
    control: AccessControl = request.app.state.access
    link = control.links.make(f"{request.url.scheme}://{request.url.netloc}{root}/", access.key, scope)
    return LinkAnswer(url=link.url, qr_svg=f"{root}/v1/session/link/{link.name}", expires_in=LINK_SECONDS)


_QR = {
    200: {"description": "The image", "content": {"image/svg+xml": {"schema": {"type": "string"}}}},
    **declared(404),
}


@router.get("/{name}", response_class=Response, responses=_QR, summary="A one-time link as a QR code")
def qr_code(request: Request, name: str) -> Response:
    import segno

    access = access_of(request)
    control: AccessControl = request.app.state.access
    link = control.links.by_name(name)
    if access is None or link is None or link.key != access.key:
        raise NotFoundError("There is no such link", "Links work once, for ten minutes")
    image = BytesIO()
    segno.make(link.url, error="m", micro=False).save(image, kind="svg", scale=8, light="white", nl=False)
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(image.getvalue(), media_type="image/svg+xml", headers=headers)


def _answer(control: AccessControl, access: Access | None) -> SessionAnswer:
    if not control.ring:
        return SessionAnswer(needed=False, scope=Scope.ADMIN, expires=None, kept=False)
    if access is None or access.session is None:
        return SessionAnswer(needed=True, scope=None, expires=None, kept=False)
    end = datetime.fromtimestamp(access.session.end, UTC).replace(microsecond=0)
    return SessionAnswer(needed=True, scope=access.scope, expires=end, kept=access.session.kept)


def _set_cookie(request: Request, response: Response, value: str, seconds: int | None) -> None:
    """Without a path: the browser takes the folder of this route, whatever prefix a proxy has put before it."""
    response.set_cookie(
        cookie_name(request),
        value,
        max_age=seconds,
        path=None,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    response.headers["Cache-Control"] = "no-store"
