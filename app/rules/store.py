"""Rules by version. A version is named by its content, so the same rules have the same name everywhere."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.correlation.background import Background, unknown_background
from app.correlation.parameters import Parameters
from app.db.database import dialect_of
from app.db.models import Background as BackgroundRow
from app.db.models import Rules, RulesUse


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesInForce:
    """The parameters and background that decide, and the version that every verdict names."""

    version: str
    parameters: Parameters
    background: Background
    has_fitted_background: bool


def rules_in_force(session: Session, now: datetime) -> RulesInForce:
    """The rules made effective last; the defaults become the first version when there is none."""
    return _used_last(session) or put_in_force(session, Parameters(), None, actor="system", now=now)


def rules_now(session: Session) -> RulesInForce:
    """The same for who only reads: where there is none yet, the defaults, which are not stored."""
    defaults = Parameters()
    return _used_last(session) or RulesInForce(
        version=_version(defaults.to_document(), None),
        parameters=defaults,
        background=unknown_background(),
        has_fitted_background=False,
    )


def put_in_force(
    session: Session, parameters: Parameters, background: Background | None, *, actor: str, now: datetime
) -> RulesInForce:
    """Store parameters and background as a version and let it decide from now on."""
    document = parameters.to_document()
    version = _version(document, background.to_document() if background else None)
    dialect = dialect_of(session)
    dialect.lock_log(session, "rules")
    background_id = None
    if background is not None:
        background_id = session.scalar(
            insert(BackgroundRow)
            .values(document=background.to_document(), fitted_at=now)
            .returning(BackgroundRow.id)
        )
    session.execute(
        dialect.insert_ignoring(Rules.__table__).values(
            version=version, document=document, background_id=background_id, created_at=now
        )
    )
    session.execute(insert(RulesUse).values(version=version, effective_at=now))
    append_audit(session, at=now, actor=actor, action="rules.use", target=f"rules:{version}")
    return RulesInForce(
        version=version,
        parameters=parameters,
        background=background or unknown_background(),
        has_fitted_background=background is not None,
    )


def _used_last(session: Session) -> RulesInForce | None:
    row = session.execute(
        select(Rules.version, Rules.document, BackgroundRow.document)
        .join(RulesUse, RulesUse.version == Rules.version)
        .outerjoin(BackgroundRow, Rules.background_id == BackgroundRow.id)
        .order_by(RulesUse.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    version, document, background = row
    return RulesInForce(
        version=version,
        parameters=Parameters.from_document(document),
        background=Background.from_document(background) if background else unknown_background(),
        has_fitted_background=background is not None,
    )


def _version(document: dict[str, Any], background: dict[str, Any] | None) -> str:
    content = orjson.dumps([document, background], option=orjson.OPT_SORT_KEYS)
    return "r-" + sha256(content).hexdigest()[:12]
