"""The report as a page: all of it, accessible, and nothing of the data runs or leaves its place."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from app.incidents.report.html import content_security_policy, write_html
from app.incidents.report.page import page_of
from tests.incidents.report.test_pdf import texts_of

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Seen(HTMLParser):
    """Every element with its attributes, all text, and whether what opens is closed in order."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.texts = []
        self._open = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] != ["style"]:
            self.texts.append(data)

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def written(golden_document):
    return write_html(page_of(golden_document)).decode()


def test_it_says_all_of_the_page(written, golden_document):
    said = set(Seen(written).texts)
    assert [text for text in texts_of(page_of(golden_document)) if text not in said] == []


def test_it_can_be_used_by_those_who_do_not_see_it(written, golden_document):
    seen = Seen(written)
    blocks = [block for section in page_of(golden_document).sections for block in section.blocks]
    assert seen.named("html") == [{"lang": "en"}]
    assert [len(seen.named(tag)) for tag in ("title", "header", "nav", "main", "footer", "h1")][1:] == [1] * 5
    headings = [tag for tag, _ in seen.elements if re.fullmatch(r"h[1-6]", tag)]
    assert headings[:2] == ["h1", "h2"]
    tables = [block for block in blocks if block.kind == "table"]
    assert len(seen.named("caption")) == len(seen.named("table")) == len(tables)
    scopes = [attributes["scope"] for attributes in seen.named("th")]
    assert scopes.count("col") == sum(len(table.columns) for table in tables)
    assert scopes.count("row") == sum(len(table.rows) for table in tables)
    ids = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for drawing in seen.named("svg"):
        assert drawing["role"] == "img"
        assert set(drawing["aria-labelledby"].split()) <= set(ids)
    assert {a["href"].removeprefix("#") for a in seen.named("a")} <= set(ids)


def test_its_policy_allows_its_own_style_and_nothing_else(written):
    (style,) = re.findall(r"<style>(.*?)</style>", written, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = content_security_policy()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    (told,) = [each for each in Seen(written).named("meta") if "http-equiv" in each]
    assert policy.startswith(told["content"])
    assert not any("style" in attributes for _, attributes in Seen(written).elements)
    assert "://" not in written.replace("http://www.w3.org/2000/svg", "")


def test_whatever_a_feed_says_is_text(hostile, written):
    spoilt = write_html(page_of(hostile)).decode()
    seen = Seen(spoilt)
    assert {tag for tag, _ in seen.elements} == {tag for tag, _ in Seen(written).elements}
    assert not any(name.startswith("on") for _, attributes in seen.elements for name in attributes)
    said = "".join(seen.texts)
    assert "</style></svg><script>alert(1)</script><img src=x onerror=alert(1)>" in said
    assert "&amp;{{7*7}}{%x%}]]>" in said
    assert "\U0001f52b 日本" in said
    assert "[U+202E]right to left[U+202C]" in said
    assert "\u202e" not in spoilt
