"""The web page."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page() -> RedirectResponse:
    return RedirectResponse("/docs")
