"""/v1/missed-gunfire: shootings that no alert told of, as analysts file them."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BeforeValidator, Field, WithJsonSchema
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import Reviewer
from app.access.once import MayRepeat
from app.core.answers import written_answer
from app.core.bodies import document_of
from app.core.described import responses, taken, written
from app.domain.parameters import AS_OF, Parameter, yes_or_no
from app.domain.time import parse_instant
from app.domain.vocabulary import Finding, Verdict
from app.incidents.filters import check_period, period_parameters
from app.incidents.missed_gunfire import (
    COLUMNS,
    DEFAULT_SORT,
    SORTS,
    MissedFilters,
    file_missed_gunfire,
    list_missed_gunfire,
    withdraw_missed_gunfire,
)
from app.records.lists import Asked, Listing, answer_list, documented
from app.records.schemas import Links, Schema
from app.records.work_schemas import MOST_COUNTED, Count, Note, Place

router = APIRouter(prefix="/v1/missed-gunfire", tags=["missed gunfire"])

LISTING = Listing(
    name="missed_gunfire",
    fields=COLUMNS,
    nested=("evidence",),
    filters=(
        *period_parameters("Happened"),
        Parameter(
            name="withdrawn",
            description="Whether it was taken back.",
            read=yes_or_no,
            schema={"type": "boolean"},
        ),
        AS_OF,
    ),
    sorts=(DEFAULT_SORT, *(name for name in SORTS if name != DEFAULT_SORT)),
)


def _instant(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("expected a time with an offset, as a text")
    return parse_instant(value)


class NewMissedGunfire(Place):
    """A shooting that no alert told of; `evidence` is what was counted at the scene."""

    happened_at: Annotated[
        datetime,
        BeforeValidator(_instant),
        WithJsonSchema({"type": "string", "format": "date-time"}),
    ]
    rounds: Annotated[int, Field(strict=True, ge=1, le=MOST_COUNTED)] | None = None
    evidence: dict[Finding, Count] = Field(default_factory=dict)
    note: Note | None = None


class MissedGunfire(Schema):
    """A filing; `withdrawn_at` when it was taken back."""

    id: str
    happened_at: AwareDatetime
    longitude: float
    latitude: float
    uncertainty_m: float | None
    rounds: int | None
    evidence: dict[Finding, int]
    note: str | None
    actor: str
    created_at: AwareDatetime
    withdrawn_at: AwareDatetime | None


class NearIncident(Schema):
    """An incident that may be the same shooting: seconds later (negative: earlier), and metres away."""

    id: str
    number: str
    verdict: Verdict
    lag_s: float
    distance_m: float


class FiledMissedGunfire(MissedGunfire):
    """A filing as it was written down, with the incidents near it."""

    near_incidents: list[NearIncident]


class MissedGunfireList(Schema):
    """A page of filings."""

    missed_gunfire: list[MissedGunfire]
    as_of: AwareDatetime | None
    links: Links


@router.get(
    "",
    summary="List missed gunfire",
    responses=responses(MissedGunfireList, LISTING.forms),
    openapi_extra=documented(LISTING.parameters),
)
def get_missed_gunfire(request: Request, _reviewer: Reviewer) -> Response:
    """Shootings that people filed because no alert told of them; the latest first unless told."""
    return answer_list(
        request,
        LISTING,
        lambda session, asked: list_missed_gunfire(
            session, _filters(asked), asked.sort, asked.limit, asked.cursor
        ),
        has_people=True,
    )


@router.post(
    "",
    status_code=201,
    summary="File missed gunfire",
    responses=written(FiledMissedGunfire, 201),
    openapi_extra=taken(NewMissedGunfire.model_json_schema(ref_template="#/components/schemas/{model}")),
)
def post_missed_gunfire(
    request: Request,
    reviewer: Reviewer,
    once: MayRepeat,
    told: Annotated[NewMissedGunfire, Depends(document_of(NewMissedGunfire))],
) -> Response:
    """File a shooting that no alert told of; incidents within 10 min and 500 m are named in the answer."""
    fields = told.model_dump()
    fields["evidence"] = {word.value: count for word, count in told.evidence.items()}
    now = request.app.state.clock()

    def write(session: Session) -> Response:
        return written_answer(file_missed_gunfire(session, fields, actor=reviewer.actor, now=now), 201)

    return once.answer(reviewer, write)


@router.post(
    "/{missed_id}/withdrawal",
    summary="Take a filing back",
    responses=written(MissedGunfire),
)
def post_withdrawal(missed_id: str, request: Request, reviewer: Reviewer, once: MayRepeat) -> Response:
    """Withdraw a filing that was a mistake, no body: it stays in the list and counts no more."""
    now = request.app.state.clock()

    def write(session: Session) -> Response:
        return written_answer(withdraw_missed_gunfire(session, missed_id, actor=reviewer.actor, now=now))

    return once.answer(reviewer, write)


def _filters(asked: Asked) -> MissedFilters:
    values = asked.values
    check_period(values.get("from"), values.get("to"))
    return MissedFilters(
        from_at=values.get("from"), to_at=values.get("to"), withdrawn=values.get("withdrawn")
    )
