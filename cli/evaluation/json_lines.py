"""Files of evaluations: JSON Lines that are checked against a form."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from polymuse.errors import UserError
from polymuse.paths import printable

Line = TypeVar("Line", bound=BaseModel)


def read_lines(path: Path, form: type[Line], advice: str, what: str = "queries") -> list[Line]:
    """All lines but empty ones, as `form`. Raises UserError with the number of an invalid line and `advice`.

    `what` is what a file without any line lacks.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{printable(path)}: cannot be read: {error}", "Give a UTF-8 file of JSON lines") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(form.model_validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                message = f"{printable(path)}, line {number}: {where + ': ' if where else ''}{first['msg']}"
                raise UserError(message, advice) from error
    if not found:
        raise UserError(f"{printable(path)}: holds no {what}", "Write one JSON object per line")
    return found
