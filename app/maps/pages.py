"""The same resources as pages for people: no script, nothing from another host, every text escaped."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from app.maps.answers import body_answer
from app.maps.collections import Collection
from app.maps.drawing import draw
from app.maps.links import HTML, address
from app.maps.sites import root_of

_LABELS = {"incidents": "number", "zones": "name", "coverage": "name", "cameras": "name"}


def document_page(request: Request, document: Mapping[str, Any], title: str) -> Response:
    """A document: its collections as a list, its plain values as a table, its links."""
    listed = [
        {**one, "href": address(request, f"/collections/{one['id']}", f="html")}
        for one in document.get("collections", ())
    ]
    schema = document.get("properties", {})
    rows = [(name, _told(value)) for name, value in document.items() if name in ("extent", "conformsTo")]
    rows += [(name, value.get("description", "")) for name, value in schema.items()]
    rows += [(path, next(iter(told.values()))["summary"]) for path, told in document.get("paths", {}).items()]
    return _page(
        request,
        "document.html",
        title=title,
        description=document.get("description", ""),
        collections=listed,
        rows=rows,
        links=document.get("links", ()),
    )


def items_page(request: Request, one: Collection, answer: Mapping[str, Any]) -> Response:
    """A page of features as a map and a table."""
    following = [link["href"] for link in answer["links"] if link["rel"] == "next"]
    matched = answer.get("numberMatched")
    of_all = "" if matched is None else f" of {matched:,}"
    features = answer["features"]
    return _page(
        request,
        "items.html",
        title=one.title,
        description=one.description,
        drawing=draw(features, _LABELS.get(one.id, "external_id")),
        counted=f"{len(features):,}{of_all} features.",
        following=following[0] if following else None,
        features=features,
        names=list(features[0]["properties"]) if features else [],
        items=address(request, f"/collections/{one.id}/items"),
        links=[link for link in answer["links"] if link["rel"] != "next"],
        has_people=one.has_people,
    )


def item_page(request: Request, one: Collection, feature: Mapping[str, Any]) -> Response:
    """One feature as a map and a table."""
    return _page(
        request,
        "items.html",
        title=f"{one.title}: {feature['id']}",
        description="",
        drawing=draw([feature], _LABELS.get(one.id, "external_id")),
        counted="",
        following=None,
        features=[feature],
        names=list(feature["properties"]),
        items=address(request, f"/collections/{one.id}/items"),
        links=feature["links"],
        has_people=one.has_people,
    )


def _page(request: Request, template: str, *, has_people: bool = False, **told: Any) -> Response:
    trail = [("Earshot", address(request, f="html"))]
    parts = request.url.path.removeprefix(root_of(request)).strip("/").split("/")
    for count, part in enumerate(parts, 1):
        if part:
            trail.append((part, address(request, "/" + "/".join(parts[:count]), f="html")))
    text = _environment().get_template(template).render(trail=trail, style=_style(), **told)
    headers = {"Content-Security-Policy": _policy()}
    return body_answer(request, text.encode(), HTML, has_people=has_people, headers=headers)


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_told(part)}" for name, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_told, value))
    return ".." if value is None else str(value)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("app.maps", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> Markup:
    text = files("app.maps").joinpath("templates/page.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - a file of ours


@cache
def _policy() -> str:
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )
