"""A mapping as it is named on the command line: a file, or a preset."""

from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.opening import read_text

if TYPE_CHECKING:
    from app.adapters import FeedMapping

PRESET = "preset:"


def read_mapping(given: str) -> "tuple[str, FeedMapping]":
    """The text of a mapping file or preset, and what it says; MappingError names file and key."""
    from app.adapters import FeedMapping, MappingError, preset_text

    is_preset = given.startswith(PRESET)
    text = preset_text(given.removeprefix(PRESET)) if is_preset else read_text(Path(given))
    try:
        return text, FeedMapping.from_toml(text)
    except MappingError as error:
        raise MappingError(f"{given}: {error}") from error
