"""The MapLibre style: zones, coverage, cameras, and incidents by shape and colour of their verdicts.

It takes nothing from other hosts and has no text, so that it needs no fonts.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from app.domain.vocabulary import Verdict
from app.maps.collections import Collection
from app.maps.extents import Extents
from app.maps.links import JSON, address, link, self_links
from app.maps.tiles import colours
from app.maps.tiles.descriptions import center_of, tiles_address
from app.maps.tiles.layers import LAST_ZOOM
from app.maps.tiles.sprite import CAMERA

STYLE_ID = "earshot"
STYLE = "application/vnd.mapbox.style+json"
_FIRST_ZOOM_OF_CAMERAS = 12
_DRAWN = ("coverage", "zones", "cameras", "incidents")
_IS_CLUSTER = ["has", "count"]
_IS_ONE = ["!", ["has", "count"]]
# Grows with every doubling; two that are neighbours hardly touch.
_CLUSTER_RADIUS = ["min", 20, ["+", 5, ["*", 1.7, ["ln", ["get", "count"]]]]]
_UNREPORTED_SHARE = ["/", ["get", Verdict.UNREPORTED.value], ["get", "count"]]
# From the bottom to the top.
_VERDICTS = (
    Verdict.WITHDRAWN,
    Verdict.INDETERMINATE,
    Verdict.REPORTED,
    Verdict.PENDING,
    Verdict.UNREPORTED,
)


def styles(request: Request) -> dict[str, Any]:
    """The styles: one."""
    here = address(request, f"/styles/{STYLE_ID}")
    told = {"id": STYLE_ID, "title": "Earshot", "links": [link("stylesheet", here, STYLE, "for MapLibre")]}
    return {"title": "Styles", "default": STYLE_ID, "styles": [told], "links": self_links(request)}


def style(request: Request, seen: Mapping[str, Collection], extents: Extents) -> dict[str, Any]:
    """The style of the collections that the key may see, with the view that shows all incidents."""
    drawn = [seen[name] for name in _DRAWN if name in seen]
    sources = {
        one.id: {
            "type": "vector",
            "tiles": [tiles_address(request, one)],
            "minzoom": 0,
            "maxzoom": LAST_ZOOM,
        }
        for one in drawn
    }
    view: dict[str, Any] = {}
    box = extents.of(drawn[-1]).box if drawn else None
    if box is not None:
        center, zoom = center_of(box)
        view = {"center": center, "zoom": zoom}
    ground = {"id": "ground", "type": "background", "paint": {"background-color": colours.GROUND}}
    layers = [layer for one in drawn for layer in _LAYERS[one.id]]
    return {
        "version": 8,
        "name": "Earshot",
        **view,
        "sprite": address(request, f"/styles/{STYLE_ID}/sprite"),
        "sources": sources,
        "layers": [ground, *layers],
    }


def style_links(request: Request) -> list[dict[str, str]]:
    """Where the styles are."""
    rel = "http://www.opengis.net/def/rel/ogc/1.0/styles"
    return [link(rel, address(request, "/styles"), JSON, "styles to draw it all by")]


def _layer(source: str, name: str, kind: str, **told: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "source": source, "source-layer": source, **told}


def _of_verdict(verdict: Verdict) -> dict[str, Any]:
    # A layer for each, not one with `["get", "verdict"]`, which QGIS does not read; and people can hide one.
    return _layer(
        "incidents",
        f"incidents-{verdict.value}",
        "symbol",
        filter=["all", _IS_ONE, ["==", ["get", "verdict"], verdict.value]],
        layout={
            "icon-image": verdict.value,
            "icon-size": ["interpolate", ["linear"], ["coalesce", ["get", "rounds"], 1], 1, 0.8, 40, 1.4],
            "icon-allow-overlap": True,
            "icon-ignore-placement": True,
        },
    )


def _by_zoom(at_first: Any, at_last: Any) -> list[Any]:
    """From where incidents stand by themselves to where a street fills the screen."""
    return ["interpolate", ["linear"], ["zoom"], 12, at_first, 15, at_last]


def _by_rounds(of_one: float, of_forty: float) -> list[Any]:
    return ["interpolate", ["linear"], ["coalesce", ["get", "rounds"], 1], 1, of_one, 40, of_forty]


_LAYERS: Mapping[str, list[dict[str, Any]]] = {
    "coverage": [
        _layer(
            "coverage",
            "coverage",
            "fill",
            paint={"fill-color": colours.COVERAGE, "fill-opacity": 0.16},
        ),
        _layer(
            "coverage",
            "coverage-edge",
            "line",
            paint={"line-color": colours.COVERAGE, "line-width": 1.5, "line-dasharray": [4, 3]},
        ),
    ],
    "zones": [
        _layer("zones", "zones", "fill", paint={"fill-color": colours.ZONE, "fill-opacity": 0.6}),
        _layer("zones", "zones-edge", "line", paint={"line-color": colours.ZONE_LINE, "line-width": 1}),
    ],
    "cameras": [
        _layer(
            "cameras",
            "cameras",
            "symbol",
            minzoom=_FIRST_ZOOM_OF_CAMERAS,
            layout={
                "icon-image": CAMERA,
                "icon-size": 0.8,
                "icon-allow-overlap": True,
                "icon-ignore-placement": True,
            },
        ),
    ],
    "incidents": [
        _layer(
            "incidents",
            "incidents-clustered",
            "circle",
            filter=_IS_CLUSTER,
            paint={
                "circle-color": colours.CLUSTER,
                "circle-opacity": 0.75,
                "circle-radius": _CLUSTER_RADIUS,
                "circle-stroke-color": colours.RIM,
                "circle-stroke-width": 1,
            },
        ),
        _layer(
            "incidents",
            "incidents-clustered-unreported",
            "circle",
            filter=["all", _IS_CLUSTER, [">", ["get", Verdict.UNREPORTED.value], 0]],
            paint={
                "circle-color": colours.OF_VERDICTS[Verdict.UNREPORTED],
                "circle-radius": ["*", _CLUSTER_RADIUS, ["sqrt", _UNREPORTED_SHARE]],
            },
        ),
        _layer(
            "incidents",
            "incidents-to-review",
            "circle",
            filter=["all", _IS_ONE, ["==", ["get", "needs_review"], True]],
            paint={
                "circle-opacity": 0,
                "circle-radius": _by_zoom(7, 12),
                "circle-stroke-color": colours.REVIEW,
                "circle-stroke-width": 1.2,
            },
        ),
        *(_of_verdict(verdict) for verdict in _VERDICTS),
    ],
}
