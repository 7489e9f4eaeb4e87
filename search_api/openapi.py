"""Helpers for the OpenAPI description."""

from typing import Any

from pydantic import ConfigDict


def example(value: dict[str, Any]) -> ConfigDict:
    """The `model_config` of a response model with this example."""
    return ConfigDict(json_schema_extra={"examples": [value]})
