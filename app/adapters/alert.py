"""An alert's record from its gathered values."""

from typing import Any

from app.adapters.convert import MAX_TEXT, text
from app.adapters.errors import Altered, Unusable
from app.adapters.plan import Gathered
from app.adapters.position import Position
from app.adapters.shots import read_shots
from app.adapters.words import WordTable
from app.domain.records import AlertRecord, FieldProblem
from app.domain.vocabulary import AlertStatus, Classification, ShotsProvenance

_PROVENANCES = WordTable.of(ShotsProvenance, {})
_code = text(MAX_TEXT)


def read_status(gathered: Gathered, table: WordTable[AlertStatus]) -> AlertStatus:
    """Active unless the feed says retracted in our word or by the table; an unknown word is a problem."""
    code = gathered.values.pop("status", None)
    if code is None:
        return AlertStatus.ACTIVE
    status = table.of_word(code)
    if status is None:
        gathered.problems.append(
            FieldProblem(pointer="/status", reason=f"{code[:40]!r} is neither active nor retracted")
        )
        return AlertStatus.ACTIVE
    return status


def build_alert(
    gathered: Gathered,
    status: AlertStatus,
    position: Position,
    table: WordTable[Classification],
    default: Classification | None,
) -> AlertRecord:
    """The record; what is wrong in its classification or shots joins the problems. Needs the id."""
    values, problems = gathered.values, gathered.problems
    values["longitude"], values["latitude"] = position
    given = values.pop("classification", None)
    if given is not None:
        _classify(values, problems, given, table)
    elif default is not None:
        values["classification"] = default
    if "shots" in values:
        values["shots"], concerns = read_shots(values["shots"])
        problems += concerns
    provenance = values.get("shots_provenance")
    if provenance is not None:
        values["shots_provenance"] = _PROVENANCES.of_word(provenance)
        if values["shots_provenance"] is None:
            options = ", ".join(ShotsProvenance)
            problems.append(FieldProblem(pointer="/shots_provenance", reason=f"is none of {options}"))
    values.setdefault("started_at", None)
    return AlertRecord(status=status, **values)


def _classify(
    values: dict[str, Any], problems: list[FieldProblem], given: Any, table: WordTable[Classification]
) -> None:
    # A code is looked up as it was sent, so that a vendor's own spelling stays in the record.
    verbatim = given if isinstance(given, str) else None
    try:
        code = _code(given)
    except Altered as altered:
        code = str(altered.value)
        problems.append(FieldProblem(pointer="/classification", reason=str(altered)))
        verbatim = None
    except Unusable as error:
        problems.append(FieldProblem(pointer="/classification", reason=str(error)))
        return
    values["vendor_classification"] = code if verbatim is None or len(verbatim) > MAX_TEXT else verbatim
    values["classification"] = table.of_word(code) or Classification.UNCLASSIFIED
