"""The features of an export, read by the statements that maps are read by, as one state had them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from sqlalchemy import Result, Select, func, literal_column, select
from sqlalchemy.orm import Session

from app.db.database import dialect_of
from app.db.features import Kind, feature_writer
from app.maps.collections import Collection
from app.maps.properties import Property
from app.maps.questions import Question

A_PART = 1_000
EVERYTHING = 2**62


@dataclass(eq=False, kw_only=True)
class Features:
    """What a question asks for, a thousand at a time by one statement, so that memory stays flat.

    The session must see one state until the end. `told` is given how many have been read; `count` keeps it.
    """

    session: Session
    question: Question
    told: Callable[[int], None]
    count: int = 0
    _result: Result[Any] | None = field(default=None, init=False)

    @property
    def collection(self) -> Collection:
        """What they are features of."""
        return self.question.collection

    @property
    def properties(self) -> list[Property]:
        """Which of their properties are asked for, in the collection's order."""
        return [self.collection.properties[name] for name in self.question.names]

    def texts(self) -> Iterator[list[bytes]]:
        """Each as GeoJSON, spelled by the database where it can."""
        dialect, model = dialect_of(self.session), self.collection.model
        form = self.collection.form(dialect, self.question.names)
        spelled = dialect.FEATURES.feature_text(form)
        if spelled is None:
            write = feature_writer(form, None)
            for part in self.rows():
                yield [write(row) for row in part]
            return
        for rows in self._parts(select(literal_column(spelled)).select_from(model)):
            yield [text.encode() for (text,) in rows]

    def rows(self) -> Iterator[Sequence[Any]]:
        """Each as a row: id, longitude and latitude (or the geometry as GeoJSON), and the properties.

        Instants are microseconds since 1970.
        """
        dialect, model = dialect_of(self.session), self.collection.model
        place = [model.longitude, model.latitude] if self.collection.is_point else [model.geometry]
        values = [_value(property_, dialect) for property_ in self.properties]
        told = [model.id, *place, *values]
        yield from self._parts(select(*(value.label(f"value_{place}") for place, value in enumerate(told))))

    def number(self) -> int:
        """How many there are, counted by the database."""
        model, question = self.collection.model, self.question
        found = select(model.id).where(*question.conditions).limit(question.limit).subquery("found")
        return self.session.scalar(select(func.count()).select_from(found)) or 0

    def close(self) -> None:
        """Give the statement up, wherever reading has stopped."""
        if self._result is not None:
            self._result.close()

    def _parts(self, statement: Select[Any]) -> Iterator[Sequence[Any]]:
        question = self.question
        asked = question.sort.ordered(statement.where(*question.conditions)).limit(question.limit)
        self._result = self.session.execute(asked, execution_options={"yield_per": A_PART})
        for part in self._result.partitions():
            yield part
            self.count += len(part)
            self.told(self.count)


def _value(property_: Property, dialect: ModuleType) -> Any:
    value = property_.on(dialect)
    return dialect.micros(value) if property_.kind is Kind.INSTANT else value
