"""What an investigation says of the shots of an alert: an investigative summary, a forensic report.

A report is taken whole or not at all: with a shot left out it would say something else. What is wrong beside
a shot's time becomes null, with a warning.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from app.adapters.convert import MAX_ROUNDS, MAX_UNCERTAINTY_M, integer, number, ranged, text
from app.adapters.errors import Altered, Unusable
from app.adapters.position import locate
from app.domain.geodesy import is_within
from app.domain.records import FieldProblem
from app.domain.vocabulary import ShotsProvenance

REPORTED = (ShotsProvenance.INVESTIGATIVE_SUMMARY, ShotsProvenance.FORENSIC_REPORT)
REPORT_FIELDS = ("provenance", "reference", "rounds", "shooters", "note", "shots")
SHOT_FIELDS = ("offset_s", "longitude", "latitude", "uncertainty_m", "shooter")
MOST_SHOTS = 10_000
MOST_OFFSET_S = 3_600.0
MOST_SHOOTERS = 100
FARTHEST_M = 2_000.0
LONGEST_REFERENCE = 255
LONGEST_NOTE = 2_000
LONGEST_SHOOTER = 40
_offset = ranged(-MOST_OFFSET_S, MOST_OFFSET_S, " s")
_uncertainty = ranged(0.0, MAX_UNCERTAINTY_M, " m")

Around = tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedShot:
    """One round: seconds after the alert's first shot (negative: before), its place (WGS84 degrees, 1 sigma).

    `shooter` is the report's own label, such as A.
    """

    offset_s: float
    longitude: float | None = None
    latitude: float | None = None
    uncertainty_m: float | None = None
    shooter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOfShots:
    """A report about one alert; shots in the order of their offsets. None: it does not say."""

    provenance: ShotsProvenance
    reference: str | None
    rounds: int | None
    shooters: int | None
    note: str | None
    shots: tuple[ReportedShot, ...]

    def document(self) -> dict[str, Any]:
        """As plain JSON values, the same for every spelling of the same report."""
        return {**asdict(self), "provenance": self.provenance.value, "shots": [asdict(s) for s in self.shots]}


class RefusedReportError(ValueError):
    """A report that cannot be taken; `problems` say where and why."""

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(f"{each.pointer}: {each.reason}" for each in self.problems))


def read_shot_report(document: Any, around: Around) -> tuple[ReportOfShots, list[FieldProblem]]:
    """A report from JSON, and what became null or should be looked at.

    `around` is the alert's longitude and latitude, or None: a shot farther than 2 km from it loses its place.
    Raises RefusedReportError.
    """
    if not isinstance(document, Mapping):
        raise RefusedReportError([FieldProblem(pointer="", reason="expected an object")])
    reader = _Reader(document, around)
    report = reader.read()
    if reader.refused:
        raise RefusedReportError(reader.refused)
    return report, reader.warnings


class _Reader:
    """One pass over a report, collecting what refuses it and what only is to be told."""

    def __init__(self, document: Mapping[str, Any], around: Around) -> None:
        self._document = document
        self._around = around
        self.refused: list[FieldProblem] = []
        self.warnings: list[FieldProblem] = []

    def read(self) -> ReportOfShots:
        strays = [name for name in self._document if name not in REPORT_FIELDS]
        for name in strays:
            self._refuse(f"/{name[:64]}", f"known are {', '.join(REPORT_FIELDS)}")
        given = self._document.get("provenance")
        words = [word.value for word in REPORTED]
        if given not in words:
            self._refuse("/provenance", f"expected one of {', '.join(words)}")
        report = ReportOfShots(
            provenance=ShotsProvenance(given) if given in words else REPORTED[0],
            reference=self._words("reference", LONGEST_REFERENCE),
            note=self._words("note", LONGEST_NOTE, lines=True),
            rounds=self._optional("/rounds", self._document.get("rounds"), integer(0, MAX_ROUNDS)),
            shooters=self._optional("/shooters", self._document.get("shooters"), integer(1, MOST_SHOOTERS)),
            shots=self._shots(),
        )
        if not self.refused:
            self._weigh(report)
        return report

    def _shots(self) -> tuple[ReportedShot, ...]:
        items = self._document.get("shots")
        items = [] if items is None else items
        if not isinstance(items, list) or len(items) > MOST_SHOTS:
            self._refuse("/shots", f"expected a list of at most {MOST_SHOTS:,} shots")
            return ()
        read = [self._shot(f"/shots/{index}", item) for index, item in enumerate(items)]
        return tuple(sorted(filter(None, read), key=lambda shot: shot.offset_s))

    def _shot(self, pointer: str, item: Any) -> ReportedShot | None:
        if not isinstance(item, Mapping):
            self._refuse(pointer, "expected an object with offset_s")
            return None
        for name in item:
            if name not in SHOT_FIELDS:
                self._refuse(f"{pointer}/{name[:64]}", f"known are {', '.join(SHOT_FIELDS)}")
        try:
            # Adding zero makes one spelling of 0.0 and -0.0.
            offset_s = _offset(item.get("offset_s")) + 0.0
        except Unusable as error:
            self._refuse(f"{pointer}/offset_s", str(error))
            return None
        if offset_s < 0:
            self._warn(f"{pointer}/offset_s", f"{-offset_s:g} s before the alert's first shot")
        longitude, latitude = self._place(pointer, item)
        return ReportedShot(
            offset_s=offset_s,
            longitude=longitude,
            latitude=latitude,
            uncertainty_m=None
            if longitude is None
            else self._optional(f"{pointer}/uncertainty_m", item.get("uncertainty_m"), _uncertainty),
            shooter=self._optional(f"{pointer}/shooter", item.get("shooter"), _shooter),
        )

    def _place(self, pointer: str, item: Mapping[str, Any]) -> tuple[float | None, float | None]:
        given = [
            self._optional(f"{pointer}/{name}", item.get(name), number) for name in ("longitude", "latitude")
        ]
        (longitude, latitude), problems = locate(given[0], given[1], None)
        for problem in problems:
            self._warn(f"{pointer}{problem.pointer}", problem.reason)
        if longitude is None or latitude is None or self._around is None:
            return longitude, latitude
        if is_within(*self._around, longitude, latitude, FARTHEST_M):
            return longitude, latitude
        self._warn(pointer, f"its place was left out: more than {FARTHEST_M:,.0f} m from the alert")
        return None, None

    def _weigh(self, report: ReportOfShots) -> None:
        """What contradicts itself stays as it was told, and is said."""
        listed = len(report.shots)
        if not listed and report.rounds is None and report.shooters is None and report.note is None:
            self._refuse("", "it says nothing: give shots, rounds, shooters or a note")
        if listed and report.rounds is not None and report.rounds != listed:
            self._warn("/rounds", f"{report.rounds:,} rounds, but {listed:,} shots are listed")
        labels = {shot.shooter for shot in report.shots} - {None}
        if report.shooters is not None and len(labels) > report.shooters:
            self._warn("/shooters", f"{report.shooters} shooters, but the shots name {len(labels)}")
        twice = listed - len(set(report.shots))
        if twice:
            self._warn("/shots", f"{twice:,} are the same as another in every field; all of them are kept")

    def _words(self, name: str, most: int, *, lines: bool = False) -> str | None:
        """A text that must be kept to the letter, or the report is refused."""
        given = self._document.get(name)
        if given is None:
            return None
        try:
            return text(most, lines=lines)(given).strip() or None
        except (Altered, Unusable):
            self._refuse(
                f"/{name}", f"expected a text of at most {most:,} characters without control characters"
            )
            return None

    def _optional(self, pointer: str, given: Any, convert: Any) -> Any:
        """A value that becomes null, with a warning, where it cannot be used."""
        if given is None or given == "":
            return None
        try:
            return convert(given)
        except (Altered, Unusable) as error:
            self._warn(pointer, f"left out: {error}")
            return None

    def _refuse(self, pointer: str, reason: str) -> None:
        self.refused.append(FieldProblem(pointer=pointer, reason=reason))

    def _warn(self, pointer: str, reason: str) -> None:
        self.warnings.append(FieldProblem(pointer=pointer, reason=reason))


_shooter = text(LONGEST_SHOOTER)
