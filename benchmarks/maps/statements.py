"""The floor: the statements in which PostGIS builds whole answers, as quickly as we know how."""

from benchmarks.maps.cases import BOX, MONTH, TILE_PROPERTIES, TILES, deep_place

_TIMES = ("started_at", "ended_at", "published_at", "closes_at", "decided_at", "updated_at")
_TEXTS = ("number", "verdict", "reason", "address", "classification", "disposition", "rules_version")
_OTHERS = (
    *("probability_reported", "needs_review", "longitude", "latitude", "uncertainty_m", "rounds"),
    *("full_auto", "high_capacity", "multiple_shooters", "alert_count", "call_count", "cad_record_count"),
    "first_call_lag_s",
)
ZONES = (
    "array_to_string(ARRAY(SELECT zones.name FROM incident_zones JOIN zones ON zones.id = zone_id"
    " WHERE incident_id = incidents.id ORDER BY zones.kind, zones.name, zones.id), '; ')"
)
PROPERTIES = (*_TEXTS, *_OTHERS, *_TIMES)
# A little larger than the box: the edges of a geography's are great circles.
_MARGIN_DEG = 0.0001


def page(case: str, limit: int, count: int) -> str:
    """The same properties of the same rows in the same order as ours."""
    where = {
        "all": "",
        "deep": f" AND (started_at, id) < ('{deep_place(count)}', 1000000000)",
        "month": f" AND started_at BETWEEN '{MONTH[0]}' AND '{MONTH[1]}'",
        "box": f" AND {_in_box(*BOX)}",
    }[case]
    members = [f"'\"{name}\":' || coalesce(to_json({name})::text, 'null')" for name in _TEXTS]
    members += [f"'\"{name}\":' || coalesce({name}::text, 'null')" for name in _OTHERS]
    members += [
        f'\'"{name}":"\' || to_char({name}, \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\') || \'"\'' for name in _TIMES
    ]
    members.append(f"'\"zones\":' || to_json({ZONES})::text")
    feature = (
        '\'{"type":"Feature","id":"\' || id || \'","geometry":{"type":"Point","coordinates":[\''
        " || longitude || ',' || latitude || ']},\"properties\":{' || "
        + " || ',' || ".join(members)
        + " || '}}'"
    )
    rows = (
        f"SELECT {feature} AS feature FROM incidents WHERE merged_into_id IS NULL{where}"
        f" ORDER BY started_at DESC, id DESC LIMIT {limit}"
    )
    return (
        "SELECT '{\"type\":\"FeatureCollection\",\"features\":[' || string_agg(feature, ',') || ']}'"
        f" FROM ({rows}) AS page"
    )


def tile(zoom: int) -> str:
    """Every point of a tile with the same properties."""
    asked = next(one for one in TILES.values() if one.zoom == zoom)
    west, south, east, north = asked.bounds
    frame = f"ST_TileEnvelope({asked.zoom}, {asked.column}, {asked.row})"
    point = "ST_Transform(ST_SetSRID(ST_MakePoint(longitude, latitude), 4326), 3857)"
    rows = (
        f"SELECT id, {', '.join(TILE_PROPERTIES)}, ST_AsMVTGeom({point}, {frame}, 4096, 0) AS place"
        f" FROM incidents WHERE merged_into_id IS NULL AND {_in_box(west, south, east, north)}"
    )
    return f"SELECT ST_AsMVT(tile, 'incidents', 4096, 'place', 'id') FROM ({rows}) AS tile"


def _in_box(west: float, south: float, east: float, north: float) -> str:
    side, end = _MARGIN_DEG, _MARGIN_DEG + (east - west) ** 2 / 300
    envelope = f"ST_MakeEnvelope({west - side}, {south - end}, {east + side}, {north + end}, 4326)"
    return (
        f"position && {envelope}::geography"
        f" AND longitude BETWEEN {west} AND {east} AND latitude BETWEEN {south} AND {north}"
    )
