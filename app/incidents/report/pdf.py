"""The report as a tagged PDF (PDF/UA-1) by Typst, from the same page; its text is data, never markup."""

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files

from app.core.errors import NotInstalledError
from app.incidents.report.blocks import Page, by_number, rewritten

# All but what the fonts that come with Typst have for certain: written by its number, never left out.
_UNPRINTED = re.compile(
    "[^ -~\u00a1-\u00ac\u00ae-\u02e4\u0391-\u03a1\u03a3-\u03ce\u0400-\u0477\u05d0-\u05ea\u1e00-\u1eff"
    "\u2010-\u2027\u2030\u2032\u2033\u2039\u203a\u20ac\u2122\u2190-\u2193\u2212\u221e\u2248\u2264\u2265\ufffd]"
)
_BLANKS = re.compile(r"[\s\u00a0]+")
_LONG_WORD = re.compile(r"[^\s\u200b]{13,}")
_HASH = re.compile(r"[0-9a-f]{64}")
_PIECE = re.compile(r"[^_\-./:,;=&?@]{1,8}[_\-./:,;=&?@]*|.")


def write_pdf(page: Page) -> bytes:
    """The page; the same page gives the same bytes. Raises NotInstalledError."""
    try:
        import typst  # noqa: PLC0415 - heavy, and may not be installed
    except ImportError as error:
        raise NotInstalledError(
            "a PDF needs Typst: install earshot[report], or ask for the report as HTML"
        ) from error
    compiler = typst.Compiler(_template(), ignore_system_fonts=True)
    inputs = {"page": json.dumps(rewritten(page, _printable))}
    written = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"], timestamp=0)
    if not isinstance(written, bytes):
        raise TypeError("Typst gave no PDF")
    return written


@cache
def _template() -> bytes:
    return files(__package__).joinpath("page.typ").read_bytes()


def _printable(text: str, is_drawing: bool) -> str:
    """A text that the fonts can print and that breaks where a line ends."""
    return printable(text) if is_drawing else _LONG_WORD.sub(_breakable, printable(text))


def printable(text: str) -> str:
    """A text as the PDF has it: one line, what no font has as [U+1F600]."""
    plain = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    return _UNPRINTED.sub(by_number, plain)


def _breakable(word: re.Match[str]) -> str:
    """A long word with places to break it, invisible ones; a hash stays whole."""
    text = word[0]
    if _HASH.fullmatch(text):
        return text
    return "\u200b".join(_PIECE.findall(text))
