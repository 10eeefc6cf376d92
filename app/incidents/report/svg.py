"""The few pieces of SVG that the drawings are made of. Pure; every text is escaped.

Colours are attributes, so that a drawing stands alone; classes let a page's style sheet change them.
"""

from collections.abc import Iterable
from html import escape

Point = tuple[float, float]
_FONT = "Libertinus Serif, Georgia, serif"
GROUND = "#fafaf8"
_CHARACTER_WIDTH = 0.5


def drawing(name: str, width: float, height: float, parts: Iterable[str], *, title: str, text: str) -> str:
    """A whole drawing with its title and the text that stands for it; `name` is unique on a page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}"'
        f' role="img" aria-labelledby="{name}-title {name}-text" font-family="{_FONT}">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-text">{escape(text)}</desc>'
        + "".join(parts)
        + "</svg>"
    )


def shape(tag: str, css: str, **attributes: object) -> str:
    """An element without content. Underscores in names of attributes stand for hyphens."""
    return f'<{tag} class="{css}"{_attributes(attributes)}/>'


def line(css: str, points: Iterable[Point], *, closed: bool = False, **attributes: object) -> str:
    """A line through points, or the area that they close."""
    steps = " L".join(f"{number(x)} {number(y)}" for x, y in points)
    return shape("path", css, d=f"M{steps}{' Z' if closed else ''}", **attributes)


def words(css: str, at: Point, text: str, size: float = 11, **attributes: object) -> str:
    """A line of text, readable on whatever lies below it."""
    halo = {"stroke": GROUND, "stroke_width": 3, "stroke_linejoin": "round", "paint_order": "stroke"}
    placed = {"x": at[0], "y": at[1], "font_size": size, **halo, **attributes}
    return f'<text class="{css}"{_attributes(placed)}>{escape(text)}</text>'


def shortened(text: str, most: int = 28) -> str:
    """As much of a name as a drawing has room for."""
    return text if len(text) <= most else text[: most - 1] + "…"


def number(value: float) -> str:
    """A coordinate to a hundredth, without zeros that say nothing."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


class Labels:
    """Places for labels beside points such that none lies on another, as long as there is room."""

    def __init__(self, width: float, height: float) -> None:
        self._width = width
        self._height = height
        self._taken: list[tuple[float, float, float, float]] = []

    def place(self, point: Point, text: str, size: float, away: float) -> Point | None:
        """Where the text's left end on its base line goes; None where there is no room left."""
        width, height = len(text) * size * _CHARACTER_WIDTH, size
        x, y = point
        choices = (
            (x + away, y + height / 3),
            (x - away - width, y + height / 3),
            (x - width / 2, y - away),
            (x - width / 2, y + away + height * 0.8),
            (x + away * 0.8, y - away * 0.8),
            (x - away * 0.8 - width, y - away * 0.8),
            (x + away * 0.8, y + away * 0.8 + height * 0.8),
            (x - away * 0.8 - width, y + away * 0.8 + height * 0.8),
        )
        for left, base in choices:
            box = (left, base - height, left + width, base + height * 0.2)
            if self._is_free(box):
                self._taken.append(box)
                return left, base
        return None

    def take(self, left: float, top: float, right: float, bottom: float) -> None:
        """Keep labels away from a box."""
        self._taken.append((left, top, right, bottom))

    def _is_free(self, box: tuple[float, float, float, float]) -> bool:
        left, top, right, bottom = box
        if left < 2 or top < 2 or right > self._width - 2 or bottom > self._height - 2:
            return False
        return all(
            right <= other[0] or left >= other[2] or bottom <= other[1] or top >= other[3]
            for other in self._taken
        )


def _attributes(attributes: dict[str, object]) -> str:
    return "".join(
        f' {name.replace("_", "-")}="{number(value) if isinstance(value, float) else escape(str(value))}"'
        for name, value in attributes.items()
    )
