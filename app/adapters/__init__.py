"""Feeds to records: a mapping file and the bytes of a body or a file in, records with warnings out. Pure."""

from app.adapters.bodies import parse_body, parse_line
from app.adapters.errors import BodyError, FileError, MappingError
from app.adapters.files import read_records
from app.adapters.mapping import FeedMapping
from app.adapters.preset_files import preset_names, preset_text
from app.adapters.results import Element, Parsed, Refused, Result, Skipped, Unreadable

__all__ = [
    "BodyError",
    "Element",
    "FeedMapping",
    "FileError",
    "MappingError",
    "Parsed",
    "Refused",
    "Result",
    "Skipped",
    "Unreadable",
    "parse_body",
    "parse_line",
    "preset_names",
    "preset_text",
    "read_records",
]
