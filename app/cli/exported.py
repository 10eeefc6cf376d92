"""What every `earshot export …` does once it knows what is asked for: reads, writes, and keeps who did so."""

import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.cli.exporting_options import Asked
from app.cli.opening import Workplace, open_workplace
from app.cli.printing import note, print_json
from app.cli.progress import progress_of_steps
from app.cli.times import read_as_of
from app.domain.vocabulary import ExportForm

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from app.maps.exports.reading import Features
    from app.maps.questions import Question

    Conditions = Callable[[Session, Workplace], list[ColumnElement[bool]]]

_STREAMED = (ExportForm.GEOJSON, ExportForm.CSV)
_STANDARD_OUTPUT = Path("-")


def run_export(asked: Asked, conditions: "Conditions") -> None:
    """Write the features that were asked for, to a new file or to standard output."""
    form = asked.form or _form_of_name(asked.out) or ExportForm.GEOJSON
    target = _target(asked, form)
    with open_workplace() as place:
        from app.maps.exports.reading import Features
        from app.maps.exports.writing import writer_of

        write = writer_of(form)
        moment = read_as_of(asked.as_of, place.settings.zone, place.clock())
        with (
            place.database.read(as_of=moment) as session,
            progress_of_steps(asked.collection) as shown,
        ):
            question = _question(place, session, asked, conditions)
            features = Features(session=session, question=question, told=lambda done: shown(done, number))
            number = features.number() if sys.stderr.isatty() else 0
            with closing(features):
                if target is None:
                    _to_standard_output(place, asked, form, features)
                else:
                    _to_file(place, asked, form, features, target, write)
    size = None if target is None else target.stat().st_size
    if asked.as_json:
        print_json(
            {
                "collection": asked.collection,
                "format": form.value,
                "file": str(target),
                "features": features.count,
                "bytes": size,
                "as_of": moment,
            }
        )
    note(_summary(asked, target, features.count, size))


def _form_of_name(out: Path | None) -> ExportForm | None:
    known = {f".{form.value}": form for form in ExportForm}
    return None if out is None else known.get(out.suffix.lower())


def _target(asked: Asked, form: ExportForm) -> Path | None:
    """The file to write, or None for standard output. Usage error for what cannot be or is there already."""
    out = asked.out
    if out is None and form in _STREAMED and not asked.as_json and not sys.stdout.isatty():
        return None
    if out == _STANDARD_OUTPUT:
        if form not in _STREAMED:
            raise typer.BadParameter(f"{form.value} needs a file, not standard output", param_hint="--out")
        if asked.as_json:
            raise typer.BadParameter("standard output is taken by --json; name a file", param_hint="--out")
        return None
    # The file that a link leads to is replaced, not the link.
    target = (out or Path(f"{asked.collection}.{form.value}")).resolve()
    if not target.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {target.parent}", param_hint="--out")
    if target.exists() and not target.is_file():
        raise typer.BadParameter(f"{target} is there and is no ordinary file", param_hint="--out")
    if target.exists() and not asked.force:
        raise typer.BadParameter(f"{target} is there already; --force overwrites it", param_hint="--out")
    return target


def _question(place: Workplace, session: "Session", asked: Asked, conditions: "Conditions") -> "Question":
    from dataclasses import replace

    from app.maps.collections import COLLECTIONS
    from app.maps.exports.reading import EVERYTHING
    from app.maps.questions import read_question

    given = [(name, text) for name, text in asked.maps.items() if text is not None]
    if (asked.maps.get("filter") or "").lstrip().startswith("{"):
        given.append(("filter-lang", "cql2-json"))
    question = read_question(COLLECTIONS[asked.collection], place.database.dialect, given)
    return replace(
        question,
        conditions=(*question.conditions, *conditions(session, place)),
        limit=asked.limit or EVERYTHING,
    )


def _to_standard_output(place: Workplace, asked: Asked, form: ExportForm, features: "Features") -> None:
    from app.maps.exports.writing import write_stream

    is_complete = False
    try:
        write_stream(features, form, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        is_complete = True
    finally:
        # Whatever has left is told of, even if nobody read to the end.
        _audit(place, asked, form, features.count, file=None, is_complete=is_complete)


def _to_file(
    place: Workplace,
    asked: Asked,
    form: ExportForm,
    features: "Features",
    target: Path,
    write: "Callable[[Features, Path], None]",
) -> None:
    from app.maps.exports.files import new_file

    with new_file(target, f".{form.value}", is_private=features.collection.has_people) as part:
        write(features, part)
        # Before the file has its name: there is none that the trail does not know.
        _audit(place, asked, form, features.count, file=target, is_complete=True)


def _audit(
    place: Workplace, asked: Asked, form: ExportForm, count: int, *, file: Path | None, is_complete: bool
) -> None:
    from app.audit import append_audit

    conditions = {**asked.maps, **asked.said, "limit": asked.limit, "as_of": asked.as_of}
    detail: dict[str, Any] = {
        "format": form.value,
        "features": count,
        "file": None if file is None else str(file),
        "complete": is_complete,
        "conditions": {name: value for name, value in conditions.items() if value not in (None, [], False)},
    }
    with place.database.write() as session:
        append_audit(
            session,
            at=place.clock(),
            actor=place.actor,
            action="export",
            target=f"collection:{asked.collection}",
            detail=detail,
        )


def _summary(asked: Asked, target: Path | None, count: int, size: int | None) -> str:
    nothing = f"no {asked.collection} are like that"
    told = f"{count:,} {asked.collection}" if count else nothing
    return f"{told}." if target is None else f"Wrote {target}: {told} ({size:,} bytes)."
