"""The report as a PDF: all of the page as text, tagged, the same bytes, and nothing read as markup."""

import io
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.core.errors import NotInstalledError
from app.domain.vocabulary import ReportForm
from app.incidents.report.forms import write_report
from app.incidents.report.page import page_of
from app.incidents.report.pdf import _UNPRINTED, printable, write_pdf
from tests.incidents.report.conftest import GOLDEN

pytestmark = pytest.mark.slow

WRITE_BOTH = """
import hashlib, json, sys
from app.domain.vocabulary import ReportForm
from app.incidents.report.forms import write_report
document = json.load(open(sys.argv[1], encoding="utf-8"))
document["report"] = dict(sorted(document["report"].items(), reverse=sys.argv[2] == "backwards"))
for form in ReportForm:
    print(form.value, hashlib.sha256(write_report(document, form)).hexdigest())
"""


def bare(text):
    """Without what lines, columns and ligatures do to a text."""
    return "".join(unicodedata.normalize("NFKC", text).replace("\u200b", "").split())


def read(pdf):
    return PdfReader(io.BytesIO(pdf), strict=True)


def said(reader):
    return bare("".join(page.extract_text() for page in reader.pages))


def texts_of(page):
    """Every text of a page that a reader is to see."""
    yield from (page.title, page.verdict, page.reason, *page.notes)
    for section in page.sections:
        yield section.title
        for block in section.blocks:
            if block.kind == "table":
                yield block.caption
                yield from (column.title for column in block.columns)
                yield from (cell for row in block.rows for cell in row)
            elif block.kind == "list":
                yield from block.items
            else:
                yield block.caption if block.kind == "drawing" else block.text


@pytest.fixture(scope="module")
def pdf(golden_document):
    return read(write_pdf(page_of(golden_document)))


def test_it_says_all_of_the_page(pdf, golden_document):
    text = said(pdf)
    # A line that a page ends in the middle of a row is found in its pieces.
    missing = [piece for piece in texts_of(page_of(golden_document)) if bare(piece) not in text]
    assert missing == []
    assert golden_document["sha256"] in text


def test_it_says_what_the_data_say(pdf, golden_document):
    text, report = said(pdf), golden_document["report"]
    for account in report["shots"]:
        for shot in account["shots"]:
            assert f"{shot['offset_s']:.3f}s" in text
            if shot["longitude"] is not None:
                assert f"{shot['longitude']:.6f},{shot['latitude']:.6f}" in text
    for alert in report["alerts"]:
        assert bare(alert["external_id"]) in text
    for call in report["calls"]:
        assert all(f"{term['value']:+.1f}" in text for term in call["evidence"])


def elements(node):
    """The structure of a document: (type, element)."""
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            yield from elements(child)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node["/S"], node
        if "/K" in node and not isinstance(node["/K"], int):
            yield from elements(node["/K"])


def test_it_is_tagged_for_those_who_do_not_see_it(pdf, golden_document):
    catalog = pdf.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"
    assert pdf.metadata.title == page_of(golden_document).title
    assert "pdfuaid:part" in catalog["/Metadata"].get_object().get_data().decode()
    found = list(elements(catalog["/StructTreeRoot"]["/K"]))
    count = {kind: sum(each == kind for each, _ in found) for kind, _ in found}
    sections = page_of(golden_document).sections
    blocks = [block for section in sections for block in section.blocks]
    assert (count["/H1"], count["/H2"]) == (1, len(sections))
    assert count["/H3"] == sum(block.kind == "heading" for block in blocks)
    tables = [block for block in blocks if block.kind == "table"]
    assert count["/Table"] == len(tables)
    assert count["/TH"] == sum(len(table.columns) for table in tables)
    drawings = [block for block in blocks if block.kind == "drawing"]
    told = [element["/Alt"] for kind, element in found if kind == "/Figure" and "/Alt" in element]
    assert [bare(text) for text in told] == [bare(drawing.text) for drawing in drawings]
    assert len(drawings) == 5


def test_it_holds_no_time_and_no_picture(pdf):
    assert {"/CreationDate", "/ModDate"}.isdisjoint(pdf.metadata)
    assert "Date>" not in pdf.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert [image.name for page in pdf.pages for image in page.images] == []


def test_other_processes_write_the_same_bytes_in_every_form():
    def hashes(seed, order):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo" if seed == "1" else "UTC"}
        command = [sys.executable, "-c", WRITE_BOTH, str(GOLDEN), order]
        root = Path(__file__).parents[3]
        return subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=True
        ).stdout

    first = hashes("1", "forwards")
    assert len(first.splitlines()) == 3
    assert hashes("2", "backwards") == first


def test_whatever_a_feed_says_is_text(hostile):
    reader = read(write_pdf(page_of(hostile)))
    text = said(reader)
    assert bare("#eval(1) *x* _y_ $z$ @ref <l> \\u{41} // -- ```") in text
    assert bare("</style></svg><script>alert(1)</script>") in text
    assert "{{7*7}}{%x%}]]>" in text
    assert "W" * 100 in text
    assert "[U+1F52B]" in text
    assert "[U+202E]" in text
    assert "49" not in text.partition("{{7*7}}")[2][:2]
    assert {"/JavaScript", "/OpenAction", "/AA"}.isdisjoint(reader.trailer["/Root"])


def test_many_shots_and_calls_are_all_there(crowded):
    document = read(write_pdf(page_of(crowded)))
    assert len(document.pages) < 60
    html = write_report(crowded, ReportForm.HTML).decode()
    assert "The evidence of call 60" in html
    assert html.count('class="shot-name"') < 200, "numbered as far as there is room"
    assert html.count('class="tick"') == 6 + 6 + 200


def test_every_character_that_it_lets_through_can_be_printed(golden):
    through = [chr(code) for code in range(0x20, 0x3000) if not _UNPRINTED.match(chr(code))]
    assert len(through) > 1_100
    golden["report"]["incident"]["address"] = " ".join(through)
    write_pdf(page_of(golden))


def test_what_no_font_has_is_written_by_its_number():
    assert printable("a\x00b\u202e\n\t日 é e\u0301") == "a[U+0000]b[U+202E] [U+65E5] é é"


def test_without_what_makes_pdfs_the_other_forms_are_there(golden, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(NotInstalledError, match=r"earshot\[report\]"):
        write_report(golden, ReportForm.PDF)
    assert write_report(golden, ReportForm.HTML)
    assert write_report(golden, ReportForm.JSON)
