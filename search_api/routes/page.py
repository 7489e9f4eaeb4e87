"""The web page, its service worker, the sign-in page and their assets, with the headers that keep foreign code out."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.types import Receive, Scope, Send

FOLDER = Path(__file__).parents[1] / "web"
INDEX, SIGN_IN, WORKER = VERSIONED = ("index.html", "sign_in.html", "service_worker.js")
VERSION_MARK = "VERSION"  # placeholder in these for the version of the assets

MEDIA_TYPES = {  # not from `mimetypes`, which depends on the operating system
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",  # text never becomes markup, not even through a bug
        "trusted-types offline",  # one policy, which gives out nothing but the address of the service worker
    )
)
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The URL of an asset contains the version of all assets, so its content never changes.
FOREVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"

MIN_COMPRESSED = 1000  # bytes
PART = 1 << 16  # bytes sent at once


@dataclass(frozen=True)
class Asset:
    """A part of a page. It is hashed and compressed once, as anybody may request it as often as they like."""

    body: bytes
    media_type: str

    @cached_property
    def etag(self) -> str:
        """A weak ETag: the content may be sent compressed."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    @cached_property
    def compressed(self) -> bytes:
        """The body, with gzip."""
        return gzip.compress(self.body, mtime=0)


class _PartsResponse(Response):
    """A response whose body is not copied as a whole for each client that does not read it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(0, max(1, len(self.body)), PART):
            more = start + PART < len(self.body)
            await send({"type": "http.response.body", "body": self.body[start : start + PART], "more_body": more})


@dataclass(frozen=True, slots=True)
class WebPage:
    """Every file of the page, in memory: no other file can be requested."""

    version: str
    assets: Mapping[str, Asset]

    @classmethod
    def read(cls, folder: Path = FOLDER) -> "WebPage":
        """Read all files of a folder."""
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        version = hashlib.sha256(b"".join(name.encode() + body for name, body in files.items())).hexdigest()[:12]
        for name in VERSIONED:
            files[name] = files[name].replace(VERSION_MARK.encode(), version.encode())
        assets = {name: Asset(body, MEDIA_TYPES[Path(name).suffix]) for name, body in files.items()}
        return cls(version, MappingProxyType(assets))


def page_router(page: WebPage) -> APIRouter:
    """The routes of the page and its assets."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=["GET", "HEAD"])
    async def index(request: Request) -> Response:
        return respond(request, page.assets[INDEX], ASK_FIRST)

    @router.api_route("/sign-in", methods=["GET", "HEAD"])
    async def sign_in(request: Request) -> Response:
        return respond(request, page.assets[SIGN_IN], ASK_FIRST)

    @router.api_route("/service-worker.js", methods=["GET", "HEAD"])
    async def service_worker(request: Request) -> Response:
        """Beside the page, as a service worker serves only what is below its own address."""
        return respond(request, page.assets[WORKER], ASK_FIRST)

    @router.api_route("/web/{version}/{name}", methods=["GET", "HEAD"])
    async def asset(request: Request, version: str, name: str) -> Response:
        """A page opened before an update gets the new assets, but must not cache them under the old version."""
        if name not in page.assets or name in VERSIONED:
            raise HTTPException(404)
        return respond(request, page.assets[name], FOREVER if version == page.version else ASK_FIRST)

    return router


def respond(request: Request, asset: Asset, cache: str, policy: str = POLICY) -> Response:
    """The asset with security headers, or 304 if the client has it."""
    headers = {**HEADERS, "Content-Security-Policy": policy, "Cache-Control": cache, "ETag": asset.etag}
    known = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
    if asset.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    body = asset.body
    if len(body) >= MIN_COMPRESSED:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"], body = "gzip", asset.compressed
    return _PartsResponse(body, headers=headers, media_type=asset.media_type)


router = page_router(WebPage.read())
