"""How each collection is drawn: what its features tell unless asked, and how they cluster when far off."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.maps.collections import Collection

# Of a tile's width and height: a cluster stands for what lies in one of its 16 x 16 squares.
SQUARES_ZOOM = 4
SQUARES = 2**SQUARES_ZOOM
# A tile tells of so many features one by one; of more than that it clusters them.
MOST_FEATURES = 20_000
# Areas reach so far beyond their tile, of its 4,096, that their outlines are not seen to end there.
MARGIN = 64
# From here on clients enlarge: a tile's whole numbers are 15 cm.
LAST_ZOOM = 16
_LAST_CLUSTERED_ZOOM = 11
_NEVER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """`told`: properties unless others are asked for; `counted`: the one whose words clusters count."""

    told: tuple[str, ...]
    counted: str | None = None
    last_clustered_zoom: int = _NEVER


# What differs from feature to feature (numbers, times) makes tiles thrice as large: told when asked for.
_LAYERS: Mapping[str, Layer] = {
    "incidents": Layer(
        told=("verdict", "needs_review", "uncertainty_m", "rounds"),
        counted="verdict",
        last_clustered_zoom=_LAST_CLUSTERED_ZOOM,
    ),
    "alerts": Layer(
        told=("status", "rounds", "classification"),
        counted="status",
        last_clustered_zoom=_LAST_CLUSTERED_ZOOM,
    ),
    "calls": Layer(
        told=("line", "nature", "origin"),
        counted="nature",
        last_clustered_zoom=_LAST_CLUSTERED_ZOOM,
    ),
    "zones": Layer(told=("kind", "name")),
    "coverage": Layer(told=("name",)),
    "cameras": Layer(told=("name", "direction_deg", "field_of_view_deg", "range_m")),
}


def layer_of(collection: Collection) -> Layer:
    """How a collection is drawn."""
    return _LAYERS[collection.id]
