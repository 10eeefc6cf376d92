"""The reference of a spatial database: PostGIS with a B-tree on time, holding the same rows."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import make_url

from app.correlation.columns import AlertColumns, CallColumns, Floats, Integers
from app.correlation.parameters import Parameters

# PostgreSQL counts microseconds from 2000.
_MICROS_TO_2000 = 946_684_800_000_000
_POINT = (
    "geography(Point, 4326) GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)) STORED"
)
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_WITHIN = """c.received_at BETWEEN {0} - make_interval(secs => %(before_s)s)
    AND {0} + make_interval(secs => %(after_s)s) AND ST_DWithin(c.position, {1}, %(gate_m)s)"""


class PostGIS:
    """Tables of alerts and of the calls that count as reports, with an index on the calls' times."""

    def __init__(self, url: str, alerts: AlertColumns, calls: CallColumns, parameters: Parameters) -> None:
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(plain, autocommit=True)
        self._bounds = {
            "before_s": parameters.window_before_s,
            "after_s": parameters.window_after_s,
            "gate_m": parameters.gate_m,
        }
        counted = calls.take(calls.counts_as_report)
        self._fill("bench_alerts", "started_at", alerts.started_micros, alerts.longitude, alerts.latitude)
        self._fill("bench_calls", "received_at", counted.received_micros, counted.longitude, counted.latitude)
        self._connection.execute("CREATE INDEX ON bench_calls (received_at)")
        for table in ("bench_alerts", "bench_calls"):
            self._connection.execute(f"VACUUM (ANALYZE) {table}")

    def close(self) -> None:
        """Drop the tables."""
        self._connection.execute("DROP TABLE bench_alerts, bench_calls")
        self._connection.close()

    def join(self) -> int:
        """Count the pairs of an alert and a call in its window and gate."""
        condition = _WITHIN.format("a.started_at", "a.position")
        statement = f"SELECT count(*) FROM bench_alerts a JOIN bench_calls c ON {condition}"
        row = self._connection.execute(statement, self._bounds).fetchone()
        return 0 if row is None else int(row[0])

    def plan(self) -> str:
        """How the join is done."""
        condition = _WITHIN.format("a.started_at", "a.position")
        statement = (
            f"EXPLAIN (COSTS OFF) SELECT count(*) FROM bench_alerts a JOIN bench_calls c ON {condition}"
        )
        return "\n".join(row[0] for row in self._connection.execute(statement, self._bounds))

    def look_up(self, alerts: Sequence[int]) -> Callable[[int], object]:
        """What asks for the calls in the window and gate of one of some alerts."""
        condition = _WITHIN.format("%(at)s::timestamptz", "%(point)s::geography")
        statement = (
            f"SELECT c.id, c.received_at, c.longitude, c.latitude FROM bench_calls c WHERE {condition}"
        )
        told = self._connection.execute(
            "SELECT id, started_at, position::text FROM bench_alerts WHERE id = ANY(%s)", [list(alerts)]
        )
        asked = {row[0]: {**self._bounds, "at": row[1], "point": row[2]} for row in told}
        return lambda alert: self._connection.execute(statement, asked[alert], prepare=True).fetchall()

    def _fill(
        self, table: str, time_column: str, micros: Integers, longitude: Floats, latitude: Floats
    ) -> None:
        self._connection.execute(
            f"CREATE TABLE {table} (id bigint, {time_column} timestamptz, longitude float8, latitude float8, "
            f"position {_POINT})"
        )
        columns = f"{table} (id, {time_column}, longitude, latitude)"
        with self._connection.cursor().copy(f"COPY {columns} FROM STDIN (FORMAT binary)") as copy:
            copy.write(_SIGNATURE)
            copy.write(_rows(np.arange(len(micros)), micros - _MICROS_TO_2000, longitude, latitude).tobytes())
            copy.write(b"\xff\xff")


def _rows(number: Integers, micros: Integers, longitude: Floats, latitude: Floats) -> NDArray[Any]:
    """Rows of COPY's binary format: the number of fields, then each field's length and bytes, big-endian."""
    values = {"number": number, "micros": micros, "longitude": longitude, "latitude": latitude}
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name, value in values.items():
        fields += [(f"{name}_length", ">i4"), (name, ">i8" if value.dtype == np.int64 else ">f8")]
    rows = np.empty(len(number), dtype=fields)
    rows["fields"] = len(values)
    for name, value in values.items():
        rows[f"{name}_length"], rows[name] = 8, value
    return rows
