"""A mapping tried on a whole file: what became of its records, counted in bounded memory."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.adapters import FeedMapping, FileError, Parsed, Refused, Skipped, read_records
from app.adapters.words import WordTable
from app.domain.records import AlertRecord, FieldProblem
from app.domain.vocabulary import Nature, SourceKind

DEFAULT = "default"
_MOST_KINDS = 200
_MOST_CODES = 5_000
# Reasons quote the value; without it, the same fault of a million rows is one line.
_VALUES = re.compile(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"|[+-]?\d[\d.,:TZ+-]*")


@dataclass(slots=True, kw_only=True)
class Problem:
    """One kind of problem: how often, and its first example."""

    pointer: str
    reason: str
    line: int | None
    record: int
    external_id: str | None
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code of the feed and the class that it becomes."""

    code: str
    word: str
    count: int
    decided_by: str


@dataclass(slots=True, kw_only=True)
class Trial:
    """The outcome. `words` counts vocabularies by field, `codes` the feed's own codes with their class."""

    mapping: FeedMapping
    examples_wanted: int
    usable: int = 0
    refused: int = 0
    skipped: int = 0
    not_located: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    examples: list[AlertRecord | Any] = field(default_factory=list)
    words: dict[str, Counter[str]] = field(default_factory=dict)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    fault: str | None = None
    _problems: dict[tuple[bool, str, str], Problem] = field(default_factory=dict)

    @property
    def refusals(self) -> list[Problem]:
        """Why records were refused, the most frequent first."""
        return self._sorted(fatal=True)

    @property
    def warnings(self) -> list[Problem]:
        """Which fields became null, the most frequent first."""
        return self._sorted(fatal=False)

    @property
    def code_field(self) -> str:
        """The field that the codes are in."""
        return "classification" if self.mapping.kind is SourceKind.ALERTS else "nature_code"

    @property
    def default_word(self) -> str:
        """What a code becomes that the mapping does not name."""
        if self.mapping.kind is SourceKind.ALERTS:
            return "unclassified"
        return str(self.mapping.call_rules.default_nature or Nature.OTHER)

    def code_rows(self) -> list[Code]:
        """The codes, the most frequent first."""
        return [
            Code(code=code, word=word, count=count, decided_by=self._decided_by(code))
            for (code, word), count in self.codes.most_common()
        ]

    def document(self) -> dict[str, Any]:
        """The trial as JSON."""
        problems = {"refusals": self.refusals, "warnings": self.warnings}
        return {
            "counts": {
                "usable": self.usable,
                "rejected": self.refused,
                "skipped": self.skipped,
                "not_located": self.not_located,
            },
            "from": self.first_at,
            "to": self.last_at,
            "first": self.examples,
            **{
                name: [
                    {
                        "count": item.count,
                        "pointer": item.pointer,
                        "reason": item.reason,
                        "line": item.line,
                        "record": item.record,
                        "external_id": item.external_id,
                    }
                    for item in items
                ]
                for name, items in problems.items()
            },
            **{name: dict(counts) for name, counts in self.words.items()},
            "codes": [
                {
                    "code": item.code,
                    "class": item.word,
                    "count": item.count,
                    "mapped": item.decided_by != DEFAULT,
                }
                for item in self.code_rows()
            ],
            "fault": self.fault,
        }

    def take(self, result: Parsed | Skipped | Refused) -> None:
        """Count one result."""
        if isinstance(result, Skipped):
            self.skipped += 1
        elif isinstance(result, Refused):
            self.refused += 1
            for problem in result.errors:
                self._note(problem, result, result.external_id, fatal=True)
        else:
            self._take_record(result)

    def _take_record(self, result: Parsed) -> None:
        record = result.record
        self.usable += 1
        self.not_located += record.longitude is None
        if len(self.examples) < self.examples_wanted:
            self.examples.append(record)
        for problem in result.warnings:
            self._note(problem, result, record.external_id, fatal=False)
        if isinstance(record, AlertRecord):
            at = record.started_at
            self._count(classification=record.classification.value, status=record.status.value)
            code = (record.vendor_classification, record.classification.value)
        else:
            at = record.received_at
            self._count(nature=record.nature.value, origin=record.origin.value, line=record.line.value)
            code = (record.nature_code, record.nature.value)
        if code[0] is not None and (code in self.codes or len(self.codes) < _MOST_CODES):
            self.codes[code[0], code[1]] += 1
        if at is not None:
            self.first_at = at if self.first_at is None else min(self.first_at, at)
            self.last_at = at if self.last_at is None else max(self.last_at, at)

    def _count(self, **words: str) -> None:
        for name, word in words.items():
            self.words.setdefault(name, Counter())[word] += 1

    def _note(
        self, problem: FieldProblem, result: Parsed | Refused, external_id: str | None, *, fatal: bool
    ) -> None:
        kind = (fatal, problem.pointer, _VALUES.sub("…", problem.reason))
        found = self._problems.get(kind)
        if found is None:
            if len(self._problems) >= _MOST_KINDS:
                return
            found = self._problems[kind] = Problem(
                pointer=problem.pointer,
                reason=problem.reason,
                line=result.line,
                record=result.ordinal + 1,
                external_id=external_id,
            )
        found.count += 1

    def _sorted(self, *, fatal: bool) -> list[Problem]:
        found = (problem for (is_fatal, _, _), problem in self._problems.items() if is_fatal is fatal)
        return sorted(found, key=lambda problem: -problem.count)

    def _decided_by(self, code: str) -> str:
        """Whether the mapping names the code, the feed gives our own word itself, or neither does."""
        if self.mapping.kind is SourceKind.ALERTS:
            table: WordTable[Any] = self.mapping.classifications
            is_own_word = table.of_word(code) is not None
        else:
            table = self.mapping.call_rules.natures
            is_own_word = "nature" in self.mapping.fields
        if table.of_code(code) is not None:
            return "mapping"
        return "feed" if is_own_word else DEFAULT


def try_mapping(path: Path, mapping: FeedMapping, now: datetime, examples: int) -> Trial:
    """Map every record of a file and keep nothing but counts and examples. Raises OSError."""
    trial = Trial(mapping=mapping, examples_wanted=examples)
    with path.open("rb") as stream:
        try:
            for element in read_records(stream, mapping):
                trial.take(mapping.apply_element(element, now=now))
        except FileError as error:
            trial.fault = str(error)
    return trial
