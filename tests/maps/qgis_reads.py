"""What QGIS makes of a service, as JSON: python3 qgis_reads.py ADDRESS KEY, by the Python that has QGIS.

Nobody but the program that tests.maps.test_qgis starts runs this; it has no part of Earshot at hand.
"""

import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsDataSourceUri,
    QgsFeatureRequest,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)

COLLECTIONS = ("incidents", "alerts", "calls", "zones", "coverage", "cameras")
FILTERS = {
    "a word": "verdict = 'reported'",
    "numbers": "rounds > 3 AND rounds < 50",
    "since": "started_at >= '2026-07-01T05:00:00Z'",
    "until": "started_at <= '2026-07-01T05:00:00Z'",
}
BOX = QgsRectangle(-87.9385, 43.0, -87.9, 43.1)


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
    request.setDestinationCrs(
        QgsCoordinateReferenceSystem("EPSG:3857"), QgsProject.instance().transformContext()
    )
    found = {one["id"]: one.geometry() for one in source.getFeatures(request)}
    return {key: [at.asPoint().x(), at.asPoint().y()] for key, at in found.items() if not at.isNull()}


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
    return answers


if __name__ == "__main__":
    QGIS = QgsApplication([], False, os.environ["QGIS_CUSTOM_CONFIG_PATH"])
    QGIS.initQgis()
    json.dump(read_everything(*sys.argv[1:]), sys.stdout)
    sys.stdout.flush()
    # QGIS of Debian 12 crashes now and then while it takes itself apart.
    os._exit(0)
