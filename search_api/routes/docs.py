"""The API documentation at `/docs`: Swagger UI from an installed package, so that it works without a network."""

from functools import cache
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, HTTPException, Request, Response

from search_api.routes.page import ASK_FIRST, MEDIA_TYPES, Asset, respond

FOLDER = Path(fastapi_offline.__file__).parent / "static"
PACKAGED = ("swagger-ui-bundle.js", "swagger-ui.css")

# URLs are relative, so that they also work below the path of a proxy.
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Poly-Muse: the API</title>
<link rel="icon" href="web/docs/icon.svg">
<link rel="stylesheet" href="docs/swagger-ui.css">
<script src="docs/swagger-ui-bundle.js" defer></script>
<script src="docs/start.js" defer></script>
</head>
<body><div id="description"></div></body>
</html>
"""
START = """SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#description',
  deepLinking: true,
  validatorUrl: null, // the default is an external service
})
"""

# Swagger UI sets innerHTML, and its style sheet contains data: images.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

router = APIRouter(include_in_schema=False)


@cache
def _assets() -> dict[str, Asset]:
    bodies = {"": PAGE.encode(), "start.js": START.encode()}
    bodies |= {name: (FOLDER / name).read_bytes() for name in PACKAGED}
    return {name: Asset(body, MEDIA_TYPES[Path(name).suffix or ".html"]) for name, body in bodies.items()}


@router.api_route("/docs", methods=["GET", "HEAD"])
@router.api_route("/docs/{name}", methods=["GET", "HEAD"])
def docs(request: Request, name: str = "") -> Response:
    assets = _assets()
    if name not in assets:
        raise HTTPException(404)
    return respond(request, assets[name], ASK_FIRST, POLICY)
