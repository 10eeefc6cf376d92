"""GET /v1/zones and /v1/cameras."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.guard import PlaceReader
from app.access.roles import WRITE_PLACES
from app.core.answers import Form
from app.db import Database
from app.domain.parameters import Parameter, choices, word_of, words
from app.domain.vocabulary import ZoneKind
from app.incidents.filters import BOX_PARAMETER, NEAR_PARAMETER
from app.places.queries import CAMERA_FIELDS, ZONE_FIELDS, PlaceFilters, list_cameras, list_zones
from app.records.lists import Listing, answer_page, asked_of, documented
from app.records.schemas import CameraList, ZoneList, responses

router = APIRouter(prefix="/v1", tags=["places"])
_FORMS = (Form.JSON, Form.GEOJSON)


def _area(zone: Mapping[str, Any]) -> dict[str, Any]:
    geometry: dict[str, Any] = zone["geometry"]
    return geometry


ZONES = Listing(
    name="zones",
    fields=ZONE_FIELDS,
    nested=("geometry", "properties"),
    filters=(
        Parameter(
            name="kind",
            description="One or several kinds.",
            read=word_of(ZoneKind),
            schema=choices(ZoneKind),
            many=True,
        ),
        Parameter(name="q", description="Part of the name.", read=words),
    ),
    geometry=_area,
    forms=_FORMS,
)
CAMERAS = Listing(
    name="cameras",
    fields=CAMERA_FIELDS,
    nested=("properties",),
    filters=(
        BOX_PARAMETER,
        NEAR_PARAMETER,
        Parameter(name="q", description="Part of the external id, the name or the address.", read=words),
    ),
    forms=_FORMS,
)


@router.get(
    "/zones",
    summary="List zones",
    responses=responses(ZoneList, _FORMS),
    openapi_extra=documented(ZONES.parameters),
)
def get_zones(request: Request, _reader: PlaceReader) -> Response:
    """Neighbourhoods, beats, districts and what the sensors cover."""
    asked = asked_of(request, ZONES)
    filters = PlaceFilters(kinds=asked.values.get("kind", ()), text=asked.values.get("q"))
    database: Database = request.app.state.database
    with database.read() as session:
        page = list_zones(session, filters, asked.limit, asked.cursor)
    return answer_page(request, ZONES, asked, page)


@router.get(
    "/cameras",
    summary="List cameras",
    responses=responses(CameraList, _FORMS),
    openapi_extra=documented(CAMERAS.parameters),
)
def get_cameras(request: Request, reader: PlaceReader) -> Response:
    """Fixed cameras; whom to ask for a recording only for those who may change places."""
    asked = asked_of(request, CAMERAS)
    filters = PlaceFilters(
        box=asked.values.get("bbox"), near=asked.values.get("near"), text=asked.values.get("q")
    )
    database: Database = request.app.state.database
    with database.read() as session:
        page = list_cameras(session, filters, asked.limit, asked.cursor)
    has_people = WRITE_PLACES in reader.scopes
    if not has_people:
        for camera in page.items:
            camera["contact"] = None
    return answer_page(request, CAMERAS, asked, page, has_people=has_people)
