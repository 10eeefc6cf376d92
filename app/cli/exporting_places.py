"""`earshot export zones`, `coverage` and `cameras`: places, as they are now."""

from collections.abc import Callable

import typer

from app.cli.exported import run_export
from app.cli.exporting_options import Asked, Bbox, Filter, Form, Limit, Out, Properties, SortBy
from app.cli.options import Force, Json

_NO_AS_OF = "Of places there is only today's state."


def register(group: typer.Typer) -> None:
    """Add `export zones`, `coverage` and `cameras`."""
    for name, what in (
        ("zones", "neighbourhoods, beats and districts as multipolygons"),
        ("coverage", "what the acoustic sensors of vendors cover as multipolygons"),
        ("cameras", "fixed cameras"),
    ):
        group.command(
            name,
            help=f"Export {what}. {_NO_AS_OF}",
            epilog=f"Example: earshot export {name} --out {name}.gpkg",
        )(_of_places(name))


def _of_places(collection: str) -> Callable[..., None]:
    def places(
        form: Form = None,
        out: Out = None,
        bbox: Bbox = None,
        filter_: Filter = None,
        properties: Properties = None,
        sortby: SortBy = None,
        limit: Limit = None,
        force: Force = False,
        as_json: Json = False,
    ) -> None:
        maps = {"bbox": bbox, "filter": filter_, "properties": properties, "sortby": sortby}
        run_export(
            Asked(
                collection=collection,
                form=form,
                out=out,
                force=force,
                as_json=as_json,
                maps=maps,
                limit=limit,
            ),
            lambda _session, _place: [],
        )

    return places
