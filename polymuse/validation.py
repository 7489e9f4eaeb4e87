"""Messages of pydantic, for people."""

PREFIX = "Value error, "  # in front of what a validator has raised


def plain_message(message: str) -> str:
    """A message of pydantic without the kind of exception in front of it."""
    return message.removeprefix(PREFIX)
