"""The style: what the key may see, colours and shapes that tell verdicts apart, nothing from elsewhere."""

import struct
import zlib
from itertools import combinations

import numpy as np
import pytest

from app.domain.vocabulary import Verdict
from app.maps.tiles import colours
from app.maps.tiles.sprite import SIZE

STYLE = "/ogc/styles/earshot"


def style(maps, who="analyst"):
    answer = maps.get(STYLE, who)
    assert answer.status_code == 200, answer.text
    return answer.json()


def pixels(body):
    """A PNG of ours as an array of its pixels."""
    assert body[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, size = 8, b"", (0, 0)
    while at < len(body):
        length, kind = struct.unpack(">I4s", body[at : at + 8])
        chunk = body[at + 8 : at + 8 + length]
        (told,) = struct.unpack(">I", body[at + 8 + length : at + 12 + length])
        assert told == zlib.crc32(kind + chunk)
        if kind == b"IHDR":
            size = struct.unpack(">II", chunk[:8])
        data += chunk if kind == b"IDAT" else b""
        at += 12 + length
    lines = np.frombuffer(zlib.decompress(data), dtype=np.uint8).reshape(size[1], 1 + 4 * size[0])
    return lines[:, 1:].reshape(size[1], size[0], 4)


def test_the_style_is_found_by_links(maps):
    (listed,) = [link["href"] for link in maps.get("/ogc").json()["links"] if link["rel"].endswith("/styles")]
    (one,) = maps.get(listed).json()["styles"]
    assert maps.get(one["links"][0]["href"]).json()["version"] == 8
    assert maps.get("/ogc/styles/nix").status_code == 404
    assert maps.get(f"{STYLE}?nix=1").status_code == 400
    assert maps.get(STYLE, None).status_code == 401
    assert maps.get(STYLE, "vendor").status_code == 403


@pytest.mark.parametrize(
    ("who", "seen"),
    [("viewer", {"incidents"}), ("analyst", {"coverage", "zones", "cameras", "incidents"})],
)
def test_a_style_draws_what_the_key_may_see_from_this_host_alone(maps, who, seen):
    told = style(maps, who)
    assert set(told["sources"]) == seen
    assert {layer["source"] for layer in told["layers"] if "source" in layer} == seen
    assert all(layer["source-layer"] == layer["source"] for layer in told["layers"] if "source" in layer)
    ids = [layer["id"] for layer in told["layers"]]
    assert len(set(ids)) == len(ids)
    for source in told["sources"].values():
        address = source["tiles"][0].format(z=0, y=0, x=0)
        assert address.startswith("http://testserver/ogc/")
        assert maps.get(address, who).status_code in (200, 204)
    assert told["sprite"] == f"http://testserver{STYLE}/sprite"
    # Text would need fonts, and those would come from another host.
    assert "glyphs" not in told
    assert not [layer["id"] for layer in told["layers"] if "text-field" in layer.get("layout", {})]


@pytest.mark.parametrize(("suffix", "ratio"), [("", 1), ("@2x", 2)])
def test_every_verdict_has_a_shape_of_its_colour(maps, suffix, ratio):
    index = maps.get(f"{STYLE}/sprite{suffix}.json", "viewer").json()
    answer = maps.get(f"{STYLE}/sprite{suffix}.png", "viewer")
    assert answer.headers["content-type"] == "image/png"
    image = pixels(answer.content)
    shapes = set()
    for verdict in Verdict:
        place = index[verdict]
        assert place["pixelRatio"] == ratio
        assert place["width"] == place["height"] == SIZE * ratio
        own = image[:, place["x"] : place["x"] + place["width"]]
        colour = [int(colours.OF_VERDICTS[verdict][at : at + 2], 16) for at in (1, 3, 5)]
        of_colour = (own[..., :3] == colour).all(axis=-1) & (own[..., 3] == 255)
        assert of_colour.sum() >= 8 * ratio**2, verdict
        assert own[0, 0, 3] == 0
        shapes.add(of_colour.tobytes())
    # Whoever sees no colours sees five shapes.
    assert len(shapes) == len(Verdict)
    assert maps.get(f"{STYLE}/sprite@3x.png").status_code == 404


def test_every_image_that_the_style_names_is_in_the_sprite(maps):
    index = maps.get(f"{STYLE}/sprite.json").json()
    named = {
        layer["layout"]["icon-image"]
        for layer in style(maps)["layers"]
        if isinstance(layer.get("layout", {}).get("icon-image"), str)
    }
    assert named == {"camera", *Verdict} == set(index)


# By Machado, Oliveira and Fernandes (2009), each kind at its strongest, in linear light.
SIGHTS = {
    "ordinary": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "no green": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "no blue": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_keep_apart_for_the_colour_blind(sight):
    seen = {
        verdict: _lab(np.array(SIGHTS[sight]) @ _linear(colour))
        for verdict, colour in colours.OF_VERDICTS.items()
    }
    # Both greys mean that there is nothing to say; they differ by shape.
    for one, other in combinations(seen, 2):
        if {one, other} != {Verdict.INDETERMINATE, Verdict.WITHDRAWN}:
            assert np.linalg.norm(seen[one] - seen[other]) > 15, (one, other)


def test_shapes_stand_out_of_a_light_ground():
    for colour in (*colours.OF_VERDICTS.values(), colours.PENDING_EDGE):
        if colour != colours.OF_VERDICTS[Verdict.PENDING]:
            assert (_luminance(colours.ZONE) + 0.05) / (_luminance(colour) + 0.05) >= 3, colour


def _linear(colour):
    told = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(told <= 0.04045, told / 12.92, ((told + 0.055) / 1.055) ** 2.4)


def _luminance(colour):
    return float(_linear(colour) @ [0.2126, 0.7152, 0.0722])


def _lab(linear):
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(np.array(to_xyz) @ np.clip(linear, 0, 1) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
