"""GET /v1/zones and /v1/cameras."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import PlaceReader
from app.access.roles import WRITE_PLACES
from app.core.answers import Form
from app.db.paging import Page
from app.domain.parameters import Parameter, words, words_parameter
from app.domain.vocabulary import ZoneKind
from app.incidents.filters import BOX_PARAMETER, NEAR_PARAMETER
from app.places.queries import CAMERA_FIELDS, ZONE_FIELDS, PlaceFilters, list_cameras, list_zones
from app.records.described import responses
from app.records.lists import Asked, Listing, answer_list, documented
from app.records.schemas import CameraList, ZoneList

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
        words_parameter("kind", "One or several kinds.", ZoneKind),
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
    return answer_list(
        request,
        ZONES,
        lambda session, asked: list_zones(session, _filters(asked), asked.limit, asked.cursor),
    )


@router.get(
    "/cameras",
    summary="List cameras",
    responses=responses(CameraList, _FORMS),
    openapi_extra=documented(CAMERAS.parameters),
)
def get_cameras(request: Request, reader: PlaceReader) -> Response:
    """Fixed cameras; whom to ask for a recording only for those who may change places."""
    has_people = WRITE_PLACES in reader.scopes

    def find(session: Session, asked: Asked) -> Page:
        page = list_cameras(session, _filters(asked), asked.limit, asked.cursor)
        if not has_people:
            for camera in page.items:
                camera["contact"] = None
        return page

    return answer_list(request, CAMERAS, find, has_people=has_people)


def _filters(asked: Asked) -> PlaceFilters:
    values = asked.values
    return PlaceFilters(
        kinds=values.get("kind", ()), box=values.get("bbox"), near=values.get("near"), text=values.get("q")
    )
