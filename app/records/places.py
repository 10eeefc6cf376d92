"""/v1/zones and /v1/cameras: listed, and taken in as files are."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import PlaceReader, PlaceWriter
from app.access.once import MayRepeat
from app.access.roles import WRITE_PLACES
from app.core.answers import Form, written_answer
from app.core.bodies import read_large_body
from app.core.errors import InvalidParameterError, UnusableRecordError
from app.db.paging import Page
from app.domain.parameters import Parameter, read_parameters, word_parameter, words, words_parameter
from app.domain.vocabulary import ZoneKind
from app.incidents.filters import BOX_PARAMETER, NEAR_PARAMETER
from app.places.camera_import import import_cameras
from app.places.files import ImportResult
from app.places.queries import CAMERA_FIELDS, ZONE_FIELDS, PlaceFilters, list_cameras, list_zones
from app.places.zone_import import import_zones
from app.records.described import responses, taken, written
from app.records.lists import Asked, Listing, answer_list, documented
from app.records.place_schemas import CameraList, PlacesTaken, ZoneList

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
_NEW_ZONES = (
    word_parameter("kind", "What the polygons stand for; it must be told.", ZoneKind),
    Parameter(name="name", description="The property with the names; guessed unless told.", read=words),
)
_FEATURES = {"type": "object", "title": "GeoJSON Feature or FeatureCollection"}


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


@router.post(
    "/zones",
    summary="Take in zones",
    responses=written(PlacesTaken),
    openapi_extra={**taken(_FEATURES), **documented(_NEW_ZONES)},
)
def post_zones(
    request: Request,
    writer: PlaceWriter,
    once: MayRepeat,
    body: Annotated[bytes, Depends(read_large_body)],
) -> Response:
    """Take in polygons as `earshot import zones` does: by their names; those that are not named stay."""
    values = read_parameters(_NEW_ZONES, request.query_params.multi_items())
    if "kind" not in values:
        raise InvalidParameterError("kind: say what the polygons stand for, such as kind=coverage")

    def write(session: Session) -> Response:
        result = import_zones(
            session,
            body,
            kind=ZoneKind(values["kind"]),
            name_property=values.get("name"),
            time_zone=request.app.state.settings.zone,
            actor=writer.actor,
            now=request.app.state.clock(),
        )
        return _taken_in(result)

    return once.answer(writer, write)


@router.post(
    "/cameras",
    summary="Take in cameras",
    responses=written(PlacesTaken),
    openapi_extra=taken({"oneOf": [_FEATURES, {"type": "array", "items": {"type": "object"}}]}),
)
def post_cameras(
    request: Request,
    writer: PlaceWriter,
    once: MayRepeat,
    body: Annotated[bytes, Depends(read_large_body)],
) -> Response:
    """Take in cameras as `earshot import cameras` does: by their external ids; others stay."""
    read_parameters((), request.query_params.multi_items())

    def write(session: Session) -> Response:
        result = import_cameras(session, body, actor=writer.actor, now=request.app.state.clock())
        return _taken_in(result)

    return once.answer(writer, write)


def _taken_in(result: ImportResult) -> Response:
    """The counts and what is wrong. UnusableRecordError when nothing could be used."""
    counts = result.counts()
    if result.rejected and result.rejected == sum(counts.values()):
        errors = [{"pointer": "", "reason": reason} for reason in result.errors]
        raise UnusableRecordError("none of the places can be used", errors=errors)
    return written_answer(
        {
            **counts,
            "name_property": result.name_property,
            "warnings": result.warnings,
            "errors": result.errors,
        }
    )


def _filters(asked: Asked) -> PlaceFilters:
    values = asked.values
    return PlaceFilters(
        kinds=values.get("kind", ()), box=values.get("bbox"), near=values.get("near"), text=values.get("q")
    )
