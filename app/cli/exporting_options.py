"""The options that exports share, and what was asked for by them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from app.domain.vocabulary import ExportForm

Form = Annotated[
    ExportForm | None,
    typer.Option("--format", help="What to write; unless told, as the name of --out ends, else GeoJSON."),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FILE|-",
        help="Where to write it, - for standard output; unless told, a file named as what is exported, or"
        " standard output for GeoJSON and CSV into a pipe.",
    ),
]
Bbox = Annotated[
    str | None,
    typer.Option(
        "--bbox", metavar="W,S,E,N", help="Only in this box, in degrees, edges included; W > E spans 180°."
    ),
]
Near = Annotated[
    str | None, typer.Option("--near", metavar="LON,LAT,M", help="Only within so many metres of this place.")
]
Filter = Annotated[
    str | None, typer.Option("--filter", metavar="CQL2", help="A condition in CQL2, as maps take it.")
]
Properties = Annotated[
    str | None, typer.Option("--properties", metavar="NAMES", help="Only these properties, by comma.")
]
SortBy = Annotated[
    str | None,
    typer.Option(
        "--sortby", metavar="NAME", help="The property to sort by; - before it begins with the greatest."
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, max=10**9, help="How many at most; else all.")]
Source = Annotated[str | None, typer.Option("--source", help="Only those of this source, by its name.")]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An export as it was asked for.

    `maps` are parameters of `/ogc`; `said` are the other conditions, by the names of lists' parameters.
    """

    collection: str
    form: ExportForm | None
    out: Path | None
    force: bool
    as_json: bool
    maps: dict[str, str | None]
    limit: int | None
    as_of: str | None = None
    said: dict[str, Any] = field(default_factory=dict)
