"""The report as one HTML file that asks nobody for anything: no script, no font, no image from elsewhere."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, select_autoescape
from markupsafe import Markup

from app.incidents.report.blocks import Page, by_number, rewritten

# Controls, and what turns the order of letters around.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def write_html(page: Page) -> bytes:
    """The page; every text of the data is escaped."""
    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawn"] = Markup  # drawings escape their own texts
    template = environment.from_string(_read("page.html"))
    style = Markup(_read("page.css"))  # noqa: S704 - a file of ours
    shown = rewritten(page, lambda text, _is_drawing: _UNSEEN.sub(by_number, text))
    return template.render(page=shown, style=style, policy=_policy()).encode()


def content_security_policy() -> str:
    """What a browser may do with the page: show it in its own style, and nothing else."""
    return f"{_policy()}; frame-ancestors 'none'"


@cache
def _policy() -> str:
    digest = b64encode(sha256(_read("page.css").encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
