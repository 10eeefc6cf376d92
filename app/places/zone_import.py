"""Taking in zones from GeoJSON: the same file twice changes nothing, another shape replaces the old one."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shapely.geometry import Polygon
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.core.errors import InvalidParameterError
from app.db.database import dialect_of
from app.db.models import Alert, Change, Zone
from app.domain.time import CLOCKS_MARGIN
from app.domain.vocabulary import ZoneKind
from app.places.extent import KnownExtent, load_extent
from app.places.files import ImportResult, Place, as_stored, read_bytes, read_features
from app.places.polygons import as_geojson, as_wkt, bounds_of, join, read_rings, repaired
from app.places.validity import ALWAYS, Validity, read_validity

_UTC = ZoneInfo("UTC")
_LONGEST_NAME = 255
_USUAL_NAMES = (
    "name",
    "neighborhood",
    "neighbourhood",
    "nbhd_name",
    "nhood",
    "district",
    "dist_name",
    "dist_num",
    "police_district",
    "police",
    "beat",
    "beat_num",
    "beat_name",
    "precinct",
    "label",
    "title",
    "id",
)


@dataclass(slots=True)
class _Drawn:
    """A zone as the file draws it, perhaps in several features."""

    name: str
    properties: dict[str, Any]
    validity: Validity = ALWAYS
    polygons: list[Polygon] = field(default_factory=list)


def import_zones(
    session: Session,
    source: Place,
    *,
    kind: ZoneKind,
    name_property: str | None,
    time_zone: ZoneInfo = _UTC,
    actor: str,
    now: datetime,
) -> ImportResult:
    """Import zones of one kind; their names are `name_property` (dots lead into nested ones) or guessed.

    Dates of their validity are midnights in `time_zone`. Zones that the file does not have stay. Raises
    MalformedBodyError and InvalidParameterError.
    """
    features = read_features(read_bytes(source))
    documents = [_properties(feature) for feature in features]
    used = name_property or guess_name_property(documents, kind)
    if features and not any(_named(document, used) for document in documents):
        raise InvalidParameterError(f"no feature has a name under {used!r}; there are {_known(documents)}")
    dialect_of(session).lock_log(session, "zones")
    result = ImportResult(name_property=used)
    drawn = _Drawing(used, time_zone, load_extent(session), result).draw(features, documents)
    _store(session, kind, drawn, now, result)
    if result.new or result.changed:
        if kind is not ZoneKind.COVERAGE:
            _ask_for_assignment(session)
        append_audit(
            session,
            at=now,
            actor=actor,
            action="zones.import",
            target=f"zones:{kind.value}",
            detail=result.counts(),
        )
    return result


def guess_name_property(documents: Iterable[Mapping[str, Any]], kind: ZoneKind) -> str:
    """The property that is most likely the name: a usual word, present and distinct most often."""
    documents = list(documents)
    usual = (f"{kind.value}_name", kind.value, *_USUAL_NAMES)
    best: tuple[int, int, str] | None = None
    for path in _paths(documents):
        leaf = path.rpartition(".")[2].casefold()
        if leaf not in usual:
            continue
        distinct = len({_named(document, path) for document in documents} - {None})
        score = (distinct, -usual.index(leaf), path)
        best = score if best is None or score[:2] > best[:2] else best
    if best is None or best[0] == 0:
        raise InvalidParameterError(
            f"no property looks like a name; say which with --name (there are {_known(documents)})"
        )
    return best[2]


class _Drawing:
    """Features to zones, those of one name joined; what cannot be used goes to the result."""

    def __init__(
        self, name_property: str, time_zone: ZoneInfo, extent: KnownExtent, result: ImportResult
    ) -> None:
        self._name_property = name_property
        self._time_zone = time_zone
        self._extent = extent
        self._result = result
        self._drawn: dict[str, _Drawn] = {}

    def draw(self, features: list[Any], documents: list[dict[str, Any]]) -> list[_Drawn]:
        """The zones in the order in which their names appear."""
        times: Counter[str] = Counter()
        for ordinal, (feature, properties) in enumerate(zip(features, documents, strict=True), 1):
            try:
                name, repairs = self._add(feature, properties)
            except ValueError as error:
                self._result.reject(ordinal, error)
                continue
            times[name] += 1
            self._result.warnings.extend(f"place {ordinal} ({name}): {repair}" for repair in repairs)
        self._result.warnings.extend(
            f"{name}: {count} features of that name were joined" for name, count in times.items() if count > 1
        )
        return list(self._drawn.values())

    def _add(self, feature: Any, properties: dict[str, Any]) -> tuple[str, list[str]]:
        name = _named(properties, self._name_property)
        if name is None:
            raise ValueError(f"it has no name under {self._name_property!r}")
        parts = read_rings(feature.get("geometry") if isinstance(feature, dict) else None)
        self._extent.check(bounds_of(parts))
        polygons, repairs = repaired(parts)
        join(polygons)
        validity = read_validity(properties, self._time_zone)
        zone = self._drawn.get(name) or _Drawn(name, as_stored(properties), validity)
        if zone.validity != validity:
            raise ValueError(f"{name!r} holds from and to other times in another feature: name them apart")
        self._drawn[name] = zone
        zone.polygons.extend(polygons)
        return name, repairs


def _store(
    session: Session, kind: ZoneKind, drawn: Iterable[_Drawn], now: datetime, result: ImportResult
) -> None:
    stored = {
        row.name: row
        for row in session.execute(
            select(Zone.id, Zone.name, Zone.geometry, Zone.properties, Zone.valid_from, Zone.valid_to).where(
                Zone.kind == kind.value
            )
        )
    }
    for zone in drawn:
        area = join(zone.polygons)
        west, south, east, north = area.bounds
        geometry = as_stored(as_geojson(area))
        before = stored.get(zone.name)
        as_drawn = (geometry, zone.properties, zone.validity.valid_from, zone.validity.valid_to)
        if before is not None and tuple(before[2:]) == as_drawn:
            result.unchanged += 1
            continue
        values = {
            "geometry": geometry,
            "west": west,
            "south": south,
            "east": east,
            "north": north,
            "properties": zone.properties,
            "valid_from": zone.validity.valid_from,
            "valid_to": zone.validity.valid_to,
            "updated_at": now,
        }
        if before is None:
            new = insert(Zone).values(kind=kind.value, name=zone.name, **values).returning(Zone.id)
            zone_id = session.scalars(new).one()
            result.new += 1
        else:
            zone_id = before.id
            session.execute(
                update(Zone).where(Zone.id == zone_id).values(**values),
                execution_options={"synchronize_session": False},
            )
            result.changed += 1
        dialect_of(session).store_area(session, zone_id, as_wkt(area))


def _ask_for_assignment(session: Session) -> None:
    """Leave the worker word that every incident's zones may be others now; clocks may be off by hours."""
    first, last = session.execute(select(func.min(Alert.started_at), func.max(Alert.started_at))).one()
    if first is None or last is None:
        return
    session.execute(
        insert(Change).values(kind="zones", from_at=first - CLOCKS_MARGIN, through_at=last + CLOCKS_MARGIN)
    )


def _properties(feature: Any) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


def _named(properties: Mapping[str, Any], path: str) -> str | None:
    """The name under a property; dots lead into nested ones where no property has the dotted name itself."""
    value: Any = properties.get(path)
    if value is None:
        value = properties
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = " ".join(str(value).split())
    return text if text and len(text) <= _LONGEST_NAME and text.isprintable() else None


def _paths(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """The paths of every property that is not itself a structure, in the order of first appearance."""
    paths: dict[str, None] = {}
    for document in documents:
        for name, value in document.items():
            if isinstance(value, Mapping):
                paths.update({f"{name}.{inner}": None for inner in _paths([value])})
            else:
                paths[name] = None
    return list(paths)


def _known(documents: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(_paths(documents)[:20]) or "no properties"
