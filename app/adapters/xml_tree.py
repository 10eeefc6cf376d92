"""XML to the same trees as JSON, without entities, document types or anything from elsewhere.

Attributes and children become keys by their local names, text becomes text, a repeated child a list, and an
element with attributes or children keeps its own text under "text". The record's element carries its own
name under "@name", so that a mapping can tell documents apart.
"""

from collections.abc import Iterator
from typing import Any, Protocol
from xml.etree.ElementTree import Element as XmlElement
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

MAX_DEPTH = 64
MAX_NODES = 100_000
MAX_SILENT = 16 << 20
CHUNK = 1 << 16
NAME = "@name"


class Readable(Protocol):
    """What can be read forward."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, b"" at the end."""


class _Metered:
    """Counts the bytes since the parser last had something to say, to stop one endless text."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self.silent = 0

    def read(self, size: int = CHUNK) -> bytes:
        piece = self._source.read(size)
        self.silent += len(piece)
        if self.silent > MAX_SILENT:
            raise ValueError(f"has a text of more than {MAX_SILENT >> 20} MB")
        return piece


def read_xml(source: Readable, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The trees of the elements at `path` (local names from the root), or of the root without a path.

    ValueError says why the document cannot be read on: not XML, an entity or document type, nested deeper
    than 64, or a record of more than 100,000 elements. Elements are forgotten as they pass.
    """
    names: list[str] = []
    stack: list[XmlElement] = []
    nodes = 0
    metered = _Metered(source)
    try:
        for event, element in iterparse(
            metered, events=("start", "end"), forbid_dtd=True, forbid_entities=True, forbid_external=True
        ):
            metered.silent = 0
            if event == "start":
                names.append(_local(element.tag))
                stack.append(element)
                nodes += 1
                if path and names[0] != path[0]:
                    raise ValueError(f"begins with the element {names[0]!r}, not {path[0]!r}")
                if len(names) > MAX_DEPTH:
                    raise ValueError(f"is nested deeper than {MAX_DEPTH} elements")
                if nodes > MAX_NODES:
                    raise ValueError(f"has a record of more than {MAX_NODES} elements")
                continue
            inside = len(names) - max(len(path), 1)
            if inside == 0 and (not path or tuple(names) == path):
                yield _record(element)
            if inside <= 0 or tuple(names[: len(path)]) != path:
                nodes = 0 if inside <= 0 else nodes
                _forget(element, stack)
            names.pop()
            stack.pop()
    except DefusedXmlException as error:
        raise ValueError("has a document type or an entity, which is refused") from error
    except ParseError as error:
        raise ValueError(f"is not XML: {error}") from error
    except (LookupError, UnicodeError) as error:
        raise ValueError(f"is in an encoding that cannot be read: {error}") from error


def _forget(element: XmlElement, stack: list[XmlElement]) -> None:
    element.clear()
    if len(stack) > 1:
        stack[-2].remove(element)


def _record(element: XmlElement) -> dict[str, Any]:
    tree = _tree(element)
    record = tree if isinstance(tree, dict) else {} if tree is None else {"text": tree}
    record[NAME] = _local(element.tag)
    return record


def _tree(element: XmlElement) -> Any:
    tree: dict[str, Any] = {}
    for name, value in element.attrib.items():
        _add(tree, _local(name), value)
    for child in element:
        _add(tree, _local(child.tag), _tree(child))
    text = (element.text or "").strip() or None
    if not tree:
        return text
    if text is not None:
        _add(tree, "text", text)
    return tree


def _add(tree: dict[str, Any], name: str, value: Any) -> None:
    if name not in tree:
        tree[name] = value
    elif isinstance(tree[name], list):
        tree[name].append(value)
    else:
        tree[name] = [tree[name], value]


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]
