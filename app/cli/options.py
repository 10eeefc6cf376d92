"""Options that several commands share, with the one sentence that explains each."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="TIME",
        help="First instant: a time with an offset, or a date (its midnight in the agency's zone).",
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="TIME",
        help="Last instant: a time with an offset, or a date (its midnight, so that day is left out).",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="What was known then: a time with an offset, or a date (its midnight in the agency's zone).",
    ),
]
SourceName = Annotated[str, typer.Argument(metavar="NAME", help="The source's name.")]
MappingSpec = Annotated[
    str,
    typer.Option(
        "--mapping",
        metavar="FILE|preset:NAME",
        help="The mapping: a TOML file, or one that ships with Earshot (`earshot source presets`).",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what is there.")]
SomeFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file.", show_default=False)]
