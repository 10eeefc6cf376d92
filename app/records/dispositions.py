"""POST /v1/incidents/{id}/disposition: what an analyst found."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.access.guard import Reviewer
from app.access.once import MayRepeat
from app.core.answers import moved_answer, written_answer
from app.core.bodies import document_of
from app.core.described import MERGED, taken, written
from app.incidents.dispositions import decide_disposition
from app.incidents.queries import Redirect
from app.records.work_schemas import DispositionReview, DispositionReviewed

router = APIRouter(prefix="/v1/incidents", tags=["incidents"])
_REVIEW = DispositionReview.model_json_schema(ref_template="#/components/schemas/{model}")


@router.post(
    "/{incident_id}/disposition",
    summary="Say what was found",
    responses={**written(DispositionReviewed), **MERGED},
    openapi_extra=taken(_REVIEW),
)
def post_disposition(
    incident_id: str,
    request: Request,
    reviewer: Reviewer,
    once: MayRepeat,
    review: Annotated[DispositionReview, Depends(document_of(DispositionReview))],
) -> Response:
    """Say whether it was gunfire, with what was counted; null takes that back. The verdict stays."""

    def write(session: Session) -> Response:
        done = decide_disposition(
            session,
            incident_id,
            review.disposition,
            review.note,
            {word.value: count for word, count in review.evidence.items()},
            None if review.evidence_position is None else review.evidence_position.model_dump(),
            actor=reviewer.actor,
            now=request.app.state.clock(),
        )
        if isinstance(done, Redirect):
            return moved_answer(f"/v1/incidents/{done.incident_id}/disposition")
        return written_answer(done)

    return once.answer(reviewer, write)
