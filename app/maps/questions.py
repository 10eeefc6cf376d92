"""What a request for features asks: its parameters, read and checked (OGC API - Features, Parts 1 to 5)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from sqlalchemy import ColumnElement, literal, or_

from app.core.answers import Form
from app.core.errors import InvalidParameterError
from app.db.features import Kind
from app.db.paging import Sort
from app.domain.areas import Box
from app.domain.parameters import Parameter, read_parameters, whole_number, word_parameter
from app.maps import cql2
from app.maps.collections import Collection
from app.maps.crs import CRS84, SYSTEMS, box_of, wkt_of
from app.maps.properties import Property
from app.maps.values import read_interval, read_value, to_end_of_millisecond

A_PAGE = 100
_MOST_ASKED = 10**9
_KINDS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.WHOLE: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.TRUTH: {"type": "boolean"},
}
FORMS = (Form.GEOJSON, Form.JSON, Form.HTML)
PAGES = (Form.JSON, Form.HTML)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which features, which of their properties, in which order and reference system.

    Where a box is asked for that turns out to be crowded, `if_crowded` stands for the conditions.
    `is_narrow`: features are left out by more than place and time.
    """

    collection: Collection
    names: tuple[str, ...]
    conditions: tuple[ColumnElement[bool], ...]
    box: Box | None
    if_crowded: tuple[ColumnElement[bool], ...]
    is_narrow: bool
    sort: Sort
    limit: int
    cursor: str | None
    system: str
    form: str | None


def schema_of(property_: Property) -> dict[str, Any]:
    """A property's values as a JSON schema."""
    return {**_KINDS[property_.kind], **({"enum": list(property_.words)} if property_.words else {})}


def form_parameter(forms: Sequence[Form]) -> Parameter:
    """`f=`, which wins over Accept."""
    return word_parameter("f", "The form, instead of Accept.", forms)


def system_parameter(name: str, description: str) -> Parameter:
    """A reference system by its URI."""
    return word_parameter(name, description, SYSTEMS, default=CRS84)


@lru_cache(maxsize=32)
def one_parameters() -> tuple[Parameter, ...]:
    """What a request for one feature takes."""
    return (system_parameter("crs", "The reference system of the answer."), form_parameter(FORMS))


@lru_cache(maxsize=32)
def parameters_of(collection: Collection) -> tuple[Parameter, ...]:
    """What a request for features of a collection takes."""
    most = collection.most_a_page
    sorts = [sign + name for name in collection.sortables for sign in ("", "-")]
    return (
        Parameter(
            name="bbox",
            description="west,south,east,north, edges included; west > east spans the antimeridian.",
            read=_numbers,
            schema={
                "type": "array",
                "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
                "items": {"type": "number"},
            },
        ),
        system_parameter("bbox-crs", "The reference system of `bbox`."),
        Parameter(
            name="datetime",
            description="A time, or a closed interval such as 2026-07-01T00:00:00Z/.. with open ends.",
            read=read_interval,
        ),
        Parameter(
            name="limit",
            description=f"Features a page, {A_PAGE} unless told; more than {most:,} are never sent.",
            read=lambda text: min(whole_number(1, _MOST_ASKED)(text), most),
            schema={"type": "integer", "minimum": 1, "maximum": most, "default": A_PAGE},
        ),
        Parameter(
            name="properties",
            description="Only these properties, by comma.",
            read=str,
            schema={"type": "array", "items": {"type": "string", "enum": list(collection.properties)}},
        ),
        Parameter(
            name="sortby",
            description="The property to sort by; - is descending; nulls come last.",
            read=lambda text: _sort_word(text, sorts),
            schema={"type": "string", "enum": sorts},
        ),
        system_parameter("crs", "The reference system of the answer."),
        Parameter(name="filter", description="A condition in CQL2.", read=str),
        word_parameter("filter-lang", "The filter's language.", (cql2.TEXT, cql2.JSON), default=cql2.TEXT),
        word_parameter("filter-crs", "The reference system of the filter's geometries.", (CRS84,)),
        Parameter(name="cursor", description="Where the page begins: from a `next` link.", read=str),
        form_parameter(FORMS),
        *(
            Parameter(
                name=property_.name,
                description=property_.description,
                read=lambda text, property_=property_: read_value(property_, text),  # type: ignore[misc]
                schema=schema_of(property_),
            )
            for property_ in collection.properties.values()
        ),
    )


def read_question(collection: Collection, dialect: ModuleType, given: Iterable[tuple[str, str]]) -> Question:
    """A request's question. InvalidParameterError names each parameter that is wrong."""
    return _question_of(collection, dialect, tuple(given))


@lru_cache(maxsize=128)
def _question_of(collection: Collection, dialect: ModuleType, given: tuple[tuple[str, str], ...]) -> Question:
    values = read_parameters(parameters_of(collection), given)
    names = _named("properties", _names, collection, values.get("properties"))
    conditions = list(collection.conditions)
    box: Box | None = None
    if "bbox" in values:
        box = _named("bbox", box_of, values["bbox"], values.get("bbox-crs", CRS84))
    if "filter" in values:
        tree = _named("filter", cql2.parse_filter, values["filter"], values.get("filter-lang", cql2.TEXT))
        conditions.append(_named("filter", cql2.Translation(collection, dialect).condition, tree))
    if "datetime" in values and collection.temporal is not None:
        conditions.extend(_at(collection, *values["datetime"]))
    for name, property_ in collection.properties.items():
        if name in values:
            column, value = property_.on(dialect), values[name]
            conditions.append(
                column.between(value, to_end_of_millisecond(value))
                if property_.kind is Kind.INSTANT
                else column == literal(value)
            )
    return Question(
        collection=collection,
        names=names,
        conditions=(*conditions, *_in_box(collection, dialect, box, is_crowded=False)),
        box=box,
        if_crowded=(*conditions, *_in_box(collection, dialect, box, is_crowded=True)),
        is_narrow=not values.keys().isdisjoint({"filter", *collection.properties}),
        sort=collection.sort(values.get("sortby", collection.order)),
        limit=values.get("limit", A_PAGE),
        cursor=values.get("cursor"),
        system=values.get("crs", CRS84),
        form=values.get("f"),
    )


def _named(name: str, read: Callable[..., Any], *arguments: Any) -> Any:
    """What a reader makes of a parameter; its ValueError as an InvalidParameterError that names it."""
    try:
        return read(*arguments)
    except ValueError as error:
        raise InvalidParameterError(
            f"{name}: {error}", errors=[{"pointer": f"/query/{name}", "reason": str(error)}]
        ) from error


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise ValueError(
            "expected four numbers such as -88.1,42.9,-87.8,43.2, or six with heights"
        ) from error


def _names(collection: Collection, text: str | None) -> tuple[str, ...]:
    """The properties asked for, in the collection's own order."""
    if text is None:
        return tuple(collection.properties)
    asked = {cql2.known_property(collection, name.strip()).name for name in text.split(",") if name.strip()}
    return tuple(name for name in collection.properties if name in asked)


def _sort_word(text: str, sorts: Sequence[str]) -> str:
    wanted = text.strip().removeprefix("+").strip()
    if wanted not in sorts:
        raise ValueError(f"{text[:40]!r} is none of {', '.join(sorts)}; by one property at a time")
    return wanted


def _in_box(
    collection: Collection, dialect: ModuleType, box: Box | None, *, is_crowded: bool
) -> list[ColumnElement[bool]]:
    if box is None:
        return []
    model = collection.model
    if collection.is_point:
        edges = (box.west, box.south, box.east, box.north)
        return [dialect.in_box(model, *edges, is_crowded=is_crowded)]
    west, east = (box.west, box.east) if box.west <= box.east else (-180.0, 180.0)
    return [
        model.west <= east,
        model.east >= west,
        model.south <= box.north,
        model.north >= box.south,
        dialect.relates(model, "intersects", wkt_of(box)),
    ]


def _at(collection: Collection, first: Any, last: Any) -> list[ColumnElement[bool]]:
    """The features whose time, or stretch of time, meets an interval."""
    temporal = collection.temporal
    assert temporal is not None  # noqa: S101 - the caller looked
    conditions: list[ColumnElement[bool]] = []
    if first is not None:
        conditions.append(temporal.end >= first)
    if last is not None:
        conditions.append(temporal.begin <= last)
    if temporal.is_known:
        return conditions
    bounds = [temporal.end] * (first is not None) + [temporal.begin] * (last is not None)
    return [or_(bound.is_(None), condition) for bound, condition in zip(bounds, conditions, strict=True)]
