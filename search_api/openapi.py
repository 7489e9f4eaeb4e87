"""What the description of the API says beside what FastAPI derives."""

from typing import Any

from pydantic import ConfigDict


def example(value: dict[str, Any]) -> ConfigDict:
    """The `model_config` of an answer with this example of it."""
    return ConfigDict(json_schema_extra={"examples": [value]})
