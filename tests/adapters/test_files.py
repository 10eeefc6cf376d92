import gzip
import tracemalloc
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
import pytest

from app.adapters import Element, FeedMapping, FileError, Parsed, Refused, preset_text, read_records
from app.adapters.json_stream import JsonStream
from tests.adapters.conftest import NOW

pytestmark = pytest.mark.slow

CALLS_CSV = FeedMapping.from_toml(
    """
kind = "calls"
format = "csv"
time_zone = "America/Chicago"
[fields]
external_id = '"Call Number"'
received_at = "Time"
longitude = "Lon"
latitude = "Lat"
nature_code = "Type"
"""
)
ALERTS = {
    name: FeedMapping.from_toml(preset_text(f"generic-alerts-{name}"))
    for name in ("json", "ndjson", "geojson", "csv")
}


def mapping_with(records: str, feed_format: str = "json") -> FeedMapping:
    head = f'kind = "alerts"\nformat = "{feed_format}"\nrecords = "{records}"\n'
    return FeedMapping.from_toml(head + '[fields]\nexternal_id = "id"\nstarted_at = "time"\n')


class Repeated:
    """A stream as long as wanted without the memory for it, in pieces of an awkward size."""

    def __init__(self, head: bytes, part: bytes, times: int, tail: bytes, piece: int = 7_001) -> None:
        self._pieces = self._produce(head, part, times, tail, piece)

    @staticmethod
    def _produce(head: bytes, part: bytes, times: int, tail: bytes, piece: int) -> Any:
        yield head
        batch = max(piece // len(part), 1)
        for _ in range(times // batch):
            yield part * batch
        yield part * (times % batch)
        yield tail

    def read(self, size: int = -1) -> bytes:
        return next((piece for piece in self._pieces if piece), b"")


def read(body: bytes, mapping: FeedMapping) -> list[Element]:
    return list(read_records(BytesIO(body), mapping))


def values(body: bytes, mapping: FeedMapping) -> list[Any]:
    return [element.value for element in read(body, mapping)]


def read_until_fault(body: bytes, mapping: FeedMapping) -> tuple[list[Element], str]:
    found: list[Element] = []
    with pytest.raises(FileError) as caught:
        found.extend(read_records(BytesIO(body), mapping))
    return found, str(caught.value)


# CSV


def test_csv_names_the_lines_that_do_not_fit(data: Path) -> None:
    elements = read((data / "calls-broken.csv").read_bytes(), CALLS_CSV)
    assert [(element.ordinal, element.line) for element in elements] == [
        (0, 2),
        (1, 3),
        (2, 4),
        (3, 6),
        (4, 8),
        (5, 9),
    ]
    assert elements[0].value["Type"] == "SHOTS, FIRED"
    assert elements[1].problem == "the row has 4 columns, the header 5"
    assert elements[2].problem == "the row has 6 columns, the header 5"
    assert elements[3].value["Type"] == "two\nlines"
    assert "not CSV" in (elements[4].problem or "")
    assert elements[4].raw is not None
    assert b'"bad"quote' in elements[4].raw
    result = CALLS_CSV.apply_element(elements[5], now=NOW)
    assert isinstance(result, Parsed)
    assert (result.line, result.record.external_id, result.record.longitude) == (9, "6", None)
    refused = CALLS_CSV.apply_element(elements[1], now=NOW)
    assert isinstance(refused, Refused)
    assert refused.raw == elements[1].raw


def test_csv_with_a_byte_order_mark_and_one_broken_line() -> None:
    body = (
        "\ufeffCall Number,Time,Lon,Lat,Type\r\n1,2026-07-04 16:05:30,,,é\r\n".encode()
        + b"2,x,,,\xe9\r\n3,x,,,ok\r\n"
    )
    elements = read(body, CALLS_CSV)
    assert [element.problem for element in elements] == [None, "the row is not utf-8", None]
    assert elements[0].value == {
        "Call Number": "1",
        "Time": "2026-07-04 16:05:30",
        "Lon": "",
        "Lat": "",
        "Type": "é",
    }
    assert elements[1].line == 3


def test_csv_in_another_encoding_and_delimiter() -> None:
    head = 'kind = "alerts"\nformat = "csv"\nencoding = "windows-1252"\ndelimiter = ";"\n'
    fields = '[fields]\nexternal_id = "id"\nstarted_at = "t"\naddress = "a"\n'
    mapping = FeedMapping.from_toml(head + fields)
    assert values(b"id;t;a\n1;x;caf\xe9\n", mapping) == [{"id": "1", "t": "x", "a": "café"}]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\n", "must name the columns"),
        (b",,\n", "must name the columns"),
        (b"a,a\n", "twice: a"),
        (b"Number,Time\n1,2\n", "no column 'Call Number'"),
        (b'"open', "not CSV"),
    ],
)
def test_csv_without_a_usable_header(body: bytes, reason: str) -> None:
    found, fault = read_until_fault(body, CALLS_CSV)
    assert found == []
    assert reason in fault


def test_csv_with_a_quote_that_never_closes() -> None:
    body = b'Call Number,Time,Lon,Lat,Type\n1,t,,,a\n2,t,,,"open\n' + b"3,t,,,x\n" * 40_000
    elements = read(body, CALLS_CSV)
    assert elements[0].problem is None
    assert "not CSV" in (elements[1].problem or "")
    assert elements[1].line == 3
    assert elements[-1].value["Call Number"] == "3"


def test_a_line_without_end_is_a_fault_of_the_file() -> None:
    stream = Repeated(b"Call Number,Time\n", b"x" * 1000, 6_000, b"")
    with pytest.raises(FileError, match="longer than 4 MB"):
        list(read_records(cast(BinaryIO, stream), CALLS_CSV))


# NDJSON


def test_ndjson_keeps_going_after_a_bad_line() -> None:
    elements = read(b'\xef\xbb\xbf{"a": 1}\n\n{"a": \n"\xff"\n[1]\n{"a": 2}', ALERTS["ndjson"])
    assert [element.line for element in elements] == [1, 3, 4, 5, 5 + 1]
    assert [element.ordinal for element in elements] == [0, 1, 2, 3, 4]
    assert [element.value for element in elements] == [{"a": 1}, None, None, 1, {"a": 2}]
    assert "not JSON" in (elements[1].problem or "")
    assert "not UTF-8" in (elements[2].problem or "")


# JSON


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"[]", []),
        (b' [ {"a" : [1, {"b": "]}"}]} ,\n{"a":"\\"]"} ] \n', [{"a": [1, {"b": "]}"}]}, {"a": '"]'}]),
        (b'{"a": 1}', [{"a": 1}]),
        (b'\xef\xbb\xbf[1, "x", null, true, -1.5e3]', [1, "x", None, True, -1500.0]),
        (b'[123456789012345678901234567890, "\\ud800"]', [123456789012345678901234567890.0, "\ud800"]),
    ],
)
def test_json(body: bytes, found: list[Any]) -> None:
    assert values(body, ALERTS["json"]) == found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("path", [(), ("alerts",), ("a", "b")])
def test_json_in_pieces_of_any_size(size: int, path: tuple[str, ...], data: Path) -> None:
    listed = b"[" + b",".join([(data / "alert.json").read_bytes()] * 3) + b', "\\\\\\"x", 12345]'
    body = listed
    for name in reversed(path):
        body = b'{"before": [{}, "]"], "' + name.encode() + b'": ' + body + b', "after": 17}'
    stream = BytesIO(body)
    found = JsonStream(lambda wanted: stream.read(size)).elements(path, whole=False)
    assert [orjson.loads(text) for text in found] == orjson.loads(listed)


@pytest.mark.parametrize(
    ("body", "count", "fault"),
    [
        (b"", 0, "empty"),
        (b"  ", 0, "empty"),
        (b'[{"a": 1}, {"a": 2', 1, "ends within a record"),
        (b'[{"a": 1}, "abc', 1, "ends within a text"),
        (b'[{"a": 1}', 1, "ends where a comma"),
        (b'[{"a": 1} {"a": 2}]', 1, "expected a comma"),
        (b'[{"a": 1},]', 1, "expected a value"),
        (b"[1] x", 1, "something follows"),
        (b"[" * 1_000_000, 0, "ends within"),
        (b"]", 0, "expected a value"),
    ],
)
def test_json_that_ends_or_breaks(body: bytes, count: int, fault: str) -> None:
    found, reason = read_until_fault(body, ALERTS["json"])
    assert len(found) == count
    assert fault in reason


def test_one_bad_element_is_one_problem() -> None:
    body = b'[{"a": 1}, {"a": NaN}, {"a" 2}, {"a": "\xff"}, ' + b"[" * 2000 + b"]" * 2000 + b', {"a": 3}]'
    elements = read(body, ALERTS["json"])
    assert [element.value for element in elements] == [{"a": 1}, None, None, None, None, {"a": 3}]
    assert [
        word in (elements[index].problem or "")
        for index, word in ((1, "NaN"), (2, "not JSON"), (3, "UTF-8"), (4, "deeply"))
    ] == [True] * 4
    assert elements[1].raw == b'{"a": NaN}'


def test_records_at_a_path() -> None:
    mapping = mapping_with("data.alerts")
    data = b'{"n": [[1]], "alerts": [{"id": 1}, {"id": [2]}], "after": {}}'
    body = b'{"skip": {"alerts": [9]}, "data": ' + data + b', "end": "x"}'
    assert values(body, mapping) == [{"id": 1}, {"id": [2]}]
    assert values(b'{"data": {"alerts": {"id": 1}}}', mapping) == [{"id": 1}]
    assert values(b'[{"data": {"alerts": [1]}}, {"data": {"alerts": [2, 3]}}]', mapping) == [1, 2, 3]
    for body in (b"{}", b'{"data": {}}', b'{"data": 5}', b'{"data": {"alerts": "x"}}'):
        assert "no list at 'data.alerts'" in read_until_fault(body, mapping)[1]
    for body in (b'{"data"}', b'{"data": {"alerts": [1] "x": 2}}', b"{5: 1}", b'{"\xff": 1}'):
        assert read_until_fault(body, mapping)[1]


def test_records_by_an_expression() -> None:
    mapping = mapping_with("alerts[?live]")
    assert values(b'{"alerts": [{"live": true, "id": 1}, {"id": 2}]}', mapping) == [{"live": True, "id": 1}]


def test_geojson() -> None:
    mapping = ALERTS["geojson"]
    feature = {
        "type": "Feature",
        "properties": {"a": 1.5},
        "geometry": {"type": "Point", "coordinates": [-87, 43.5]},
    }
    collection = orjson.dumps(
        {"type": "FeatureCollection", "crs": {"x": []}, "features": [feature, feature], "z": 1}
    )
    assert values(collection, mapping) == [feature, feature]
    assert values(orjson.dumps(feature), mapping) == [feature]
    assert values(orjson.dumps([feature]), mapping) == [feature]
    assert type(values(collection, mapping)[0]["geometry"]["coordinates"][1]) is float


# XML


def test_xml_elements_at_a_path(data: Path) -> None:
    mapping = mapping_with("export.incident", "xml")
    assert values((data / "incidents.xml").read_bytes(), mapping) == [
        {
            "@name": "incident",
            "number": "1",
            "id": "I-1",
            "time": "2026-07-04T21:04:05Z",
            "unit": ["5A", "5B"],
            "type": {"code": "SF", "text": "Shots fired"},
        },
        {"@name": "incident", "number": "2", "id": "I-2", "time": "2026-07-04T21:05:05Z"},
    ]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"<other/>", "begins with the element 'other', not 'export'"),
        (b"<export><incident><id>1</id></incident>", "not XML"),
        (b'<!DOCTYPE x SYSTEM "http://invented.example/x.dtd"><export/>', "document type"),
        (b"", "not XML"),
    ],
)
def test_xml_faults(body: bytes, fault: str) -> None:
    assert fault in read_until_fault(body, mapping_with("export.incident", "xml"))[1]


def test_xml_yields_what_came_before_the_fault() -> None:
    body = b"<export>" + b"<incident><id>1</id></incident>" * 20_000 + b"<oops"
    found, fault = read_until_fault(body, mapping_with("export.incident", "xml"))
    assert len(found) > 10_000
    assert "not XML" in fault


# gzip


@pytest.mark.parametrize(
    "name",
    [
        "generic-alerts-csv.csv",
        "generic-alerts-json.json",
        "generic-alerts-ndjson.ndjson",
        "generic-alerts-geojson.geojson",
    ],
)
def test_gzip_of_every_format(name: str, data: Path) -> None:
    body = (data / name).read_bytes()
    mapping = ALERTS[name.partition(".")[0].removeprefix("generic-alerts-")]
    packed = gzip.compress(body)
    assert values(packed, mapping) == values(body, mapping) != []


def test_gzip_of_xml_and_of_several_members(data: Path) -> None:
    body = (data / "incidents.xml").read_bytes()
    mapping = mapping_with("export.incident", "xml")
    packed = gzip.compress(body[:200]) + gzip.compress(body[200:]) + b"\0\0"
    assert values(packed, mapping) == values(body, mapping) != []


@pytest.mark.parametrize("name", ["csv", "json", "ndjson"])
def test_a_truncated_gzip_yields_what_was_readable_and_says_so(name: str) -> None:
    record = {"external_id": "A", "started_at": "2026-07-04T21:04:05Z"}
    texts = [orjson.dumps({**record, "external_id": f"A{index * 7919}"}) for index in range(20_000)]
    bodies = {
        "json": b"[" + b",".join(texts) + b"]",
        "ndjson": b"\n".join(texts),
        "csv": b"external_id,started_at\n" + b"".join(b"A%d,x\n" % (index * 7919) for index in range(20_000)),
    }
    packed = gzip.compress(bodies[name])
    found, fault = read_until_fault(packed[: len(packed) // 2], ALERTS[name])
    assert "truncated" in fault
    assert 5_000 < len(found) < 20_000
    assert all(element.problem is None for element in found)


def test_a_damaged_gzip() -> None:
    packed = bytearray(gzip.compress(b'{"a": 1}\n' * 10_000, mtime=0))
    packed[-6] ^= 0xFF
    assert "damaged" in read_until_fault(bytes(packed), ALERTS["ndjson"])[1]
    assert "truncated" in read_until_fault(b"\x1f\x8b", ALERTS["json"])[1]


# memory


@pytest.mark.parametrize(
    ("name", "head", "part", "tail"),
    [
        ("csv", b"external_id,started_at\n", b"A-1,2026-07-04T21:04:05Z\n", b""),
        ("ndjson", b"", b'{"external_id": "A-1"}\n', b""),
        ("json", b"[0", b',{"external_id": "A-1"}', b"]"),
        ("geojson", b'{"features": [0', b',{"type": "Feature"}', b"]}"),
        ("xml", b"<export>", b"<incident><id>1</id></incident>\n", b"</export>"),
    ],
)
def test_memory_does_not_grow_with_the_file(name: str, head: bytes, part: bytes, tail: bytes) -> None:
    mapping = mapping_with("export.incident", "xml") if name == "xml" else ALERTS[name]
    elements = read_records(cast(BinaryIO, Repeated(head, part, 60_000, tail)), mapping)
    tracemalloc.start()
    try:
        assert sum(1 for _ in islice(elements, 5_000)) == 5_000
        early = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        assert sum(1 for _ in elements) >= 55_000
        late = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert late < early + 300_000


def test_one_endless_record_is_a_fault_of_the_file() -> None:
    stream = Repeated(b'[{"a": "', b"x" * 10_000, 4_000, b'"}]')
    with pytest.raises(FileError, match="larger than 16 MB"):
        list(read_records(cast(BinaryIO, stream), ALERTS["json"]))
