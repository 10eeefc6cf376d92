"""What QGIS makes of a service, as JSON: python3 qgis_reads.py ADDRESS KEY, by the Python that has QGIS.

Nobody but the program that tests.maps.test_qgis starts runs this; it has no part of Earshot at hand.
"""

import json
import os
import sys
from collections import Counter

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsBlockingNetworkRequest,
    QgsCoordinateReferenceSystem,
    QgsDataSourceUri,
    QgsFeatureRequest,
    QgsMapBoxGlStyleConversionContext,
    QgsMapBoxGlStyleConverter,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize, QUrl
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtNetwork import QNetworkRequest

COLLECTIONS = ("incidents", "alerts", "calls", "zones", "coverage", "cameras")
FILTERS = {
    "a word": "verdict = 'reported'",
    "numbers": "rounds > 3 AND rounds < 50",
    "since": "started_at >= '2026-07-01T05:00:00Z'",
    "until": "started_at <= '2026-07-01T05:00:00Z'",
}
BOX = QgsRectangle(-87.9385, 43.0, -87.9, 43.1)
METRES = QgsCoordinateReferenceSystem("EPSG:3857")
TILED = ("zones", "incidents")
WIDTH_PX, HEIGHT_PX, METRES_A_PIXEL, NEAR_PX = 480, 360, 2.4, 8


def sign_in(key):
    """Keep the key as people do in QGIS; answers the name of what is kept."""
    manager = QgsApplication.authManager()
    manager.setMasterPassword("of this profile only", True)
    kept = QgsAuthMethodConfig("Basic")
    kept.setName("earshot")
    kept.setConfig("username", "key")
    kept.setConfig("password", key)
    assert manager.storeAuthenticationConfig(kept)[0]
    return kept.id()


def layer(address, name, **said):
    uri = QgsDataSourceUri()
    uri.setParam("url", address)
    uri.setParam("typename", name)
    for word, value in said.items():
        uri.setParam(word, value)
    return QgsVectorLayer(uri.uri(False), name, "OAPIF")


def ids(source, request=None):
    return sorted(int(one["id"]) for one in source.getFeatures(request or QgsFeatureRequest()))


def describe(one):
    if not one.isValid():
        return None
    return {
        "ids": ids(one),
        "count": one.featureCount(),
        "geometry": QgsWkbTypes.displayString(one.wkbType()),
        "crs": one.crs().authid(),
        "fields": {field.name(): field.typeName() for field in one.fields()},
    }


def in_metres(source):
    """Where everything is in web Mercator, as QGIS works it out."""
    request = QgsFeatureRequest()
    request.setDestinationCrs(METRES, QgsProject.instance().transformContext())
    found = {one["id"]: one.geometry() for one in source.getFeatures(request)}
    return {key: [at.asPoint().x(), at.asPoint().y()] for key, at in found.items() if not at.isNull()}


def fetch(address, kept):
    request = QgsBlockingNetworkRequest()
    request.setAuthCfg(kept["authcfg"])
    request.get(QNetworkRequest(QUrl(address)))
    return bytes(request.reply().content())


def read_styles(address, kept):
    """The served style as QGIS turns it into its own, for each collection that it draws."""
    style = json.loads(fetch(f"{address}/styles/earshot", kept))
    context = QgsMapBoxGlStyleConversionContext()
    sprite = QImage.fromData(fetch(f"{style['sprite']}.png", kept))
    context.setSprites(sprite, json.loads(fetch(f"{style['sprite']}.json", kept)))
    converter = QgsMapBoxGlStyleConverter()
    assert converter.convert(style, context) == QgsMapBoxGlStyleConverter.Success
    drawn = converter.renderer().styles()
    return {name: [one for one in drawn if one.layerName() == name] for name in style["sources"]}


def tiles(address, name, styles, kept):
    template = f"{address}/collections/{name}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    layer = QgsVectorTileLayer(f"type=xyz&url={template}&zmin=0&zmax=16&authcfg={kept['authcfg']}", name)
    assert layer.isValid()
    renderer = QgsVectorTileBasicRenderer()
    renderer.setStyles(styles)
    layer.setRenderer(renderer)
    return layer


def draw(layers, middle):
    """A picture of what lies about a place in web Mercator."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(METRES)
    settings.setOutputSize(QSize(WIDTH_PX, HEIGHT_PX))
    half_x, half_y = WIDTH_PX * METRES_A_PIXEL / 2, HEIGHT_PX * METRES_A_PIXEL / 2
    x, y = middle
    settings.setExtent(QgsRectangle(x - half_x, y - half_y, x + half_x, y + half_y))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def colours_about(image, middle, place):
    """How many pixels near a place have which colour."""
    column = round(WIDTH_PX / 2 + (place[0] - middle[0]) / METRES_A_PIXEL)
    row = round(HEIGHT_PX / 2 - (place[1] - middle[1]) / METRES_A_PIXEL)
    near = range(-NEAR_PX, NEAR_PX + 1)
    return Counter(image.pixelColor(column + right, row + down).name() for right in near for down in near)


def draw_tiles(address, places, kept):
    """The colours about each incident, and how many pixels there are of each, drawn from tiles."""
    styles = read_styles(address, kept)
    layers = [tiles(address, name, styles[name], kept) for name in TILED if name in styles]
    middle = [sum(at[side] for at in places.values()) / len(places) for side in (0, 1)]
    image = draw(layers[::-1], middle)
    pixels = Counter(image.pixelColor(x, y).name() for x in range(WIDTH_PX) for y in range(HEIGHT_PX))
    return {"about": {key: colours_about(image, middle, at) for key, at in places.items()}, "all": pixels}


def read_everything(address, key):
    kept = {"authcfg": sign_in(key)}
    answers = {name: describe(layer(address, name, **kept)) for name in COLLECTIONS}
    answers["by name and password"] = describe(layer(address, "incidents", username="key", password=key))
    answers["by a wrong password"] = describe(layer(address, "incidents", username="key", password="x"))
    answers["by pages of three"] = ids(layer(address, "incidents", pageSize="3", **kept))
    within = layer(address, "incidents", restrictToRequestBBOX="1", **kept)
    answers["in a box"] = ids(within, QgsFeatureRequest(BOX))
    for name, condition in FILTERS.items():
        answers[name] = ids(layer(address, "incidents", filter=condition, **kept))
    answers["in metres"] = in_metres(layer(address, "incidents", **kept))
    answers["drawn"] = draw_tiles(address, answers["in metres"], kept)
    return answers


if __name__ == "__main__":
    QGIS = QgsApplication([], False, os.environ["QGIS_CUSTOM_CONFIG_PATH"])
    QGIS.initQgis()
    json.dump(read_everything(*sys.argv[1:]), sys.stdout)
    sys.stdout.flush()
    # QGIS of Debian 12 crashes now and then while it takes itself apart.
    os._exit(0)
