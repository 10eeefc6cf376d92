"""The forms of a report: the same data as JSON, as a page for browsers, and as a PDF."""

from collections.abc import Mapping
from typing import Any

from app.domain.vocabulary import ReportForm
from app.incidents.report.canonical import canonical
from app.incidents.report.html import write_html
from app.incidents.report.page import page_of
from app.incidents.report.pdf import write_pdf

MEDIA_TYPES = {
    ReportForm.PDF: "application/pdf",
    ReportForm.HTML: "text/html; charset=utf-8",
    ReportForm.JSON: "application/json",
}


def write_report(document: Mapping[str, Any], form: ReportForm) -> bytes:
    """A report as `find_report` gives it; the same data give the same bytes. Raises NotInstalledError."""
    if form is ReportForm.JSON:
        return canonical({name: document[name] for name in ("report", "sha256")})
    page = page_of(document)
    return write_pdf(page) if form is ReportForm.PDF else write_html(page)


def file_name(document: Mapping[str, Any], form: ReportForm) -> str:
    """What a report is called as a file."""
    return f"incident-{document['report']['incident']['number']}.{form.value}"
