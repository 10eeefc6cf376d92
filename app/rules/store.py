"""Rules by version. A version is named by its content, so the same rules have the same name everywhere."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.core.errors import NotFoundError
from app.correlation.background import Background, unknown_background
from app.correlation.parameters import Parameters
from app.db.database import dialect_of
from app.db.models import Alert, Change, Rules, RulesUse
from app.db.models import Background as BackgroundRow
from app.domain.time import CLOCKS_MARGIN

_VERSION = re.compile(r"r-[0-9a-f]{12}")
_MOST_REMEMBERED = 4
# What a version says never changes, and a city's background is half a megabyte to read.
_remembered: dict[str, "RulesInForce"] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesInForce:
    """The parameters and background that decide, and the version that every verdict names."""

    version: str
    parameters: Parameters
    background: Background
    has_fitted_background: bool


def rules_in_force(session: Session, now: datetime) -> RulesInForce:
    """The rules made effective last; the defaults become the first version when there is none."""
    version = version_in_force(session)
    if version is None:
        return put_in_force(session, Parameters(), None, actor="system", now=now)
    return find_rules(session, version)


def rules_now(session: Session) -> RulesInForce:
    """The same for who only reads: where there is none yet, the defaults, which are not stored."""
    version = version_in_force(session)
    return find_rules(session, version) if version is not None else assemble(Parameters(), None)


def version_in_force(session: Session) -> str | None:
    """The name of the rules made effective last; None before the first."""
    found: str | None = session.scalar(select(RulesUse.version).order_by(RulesUse.id.desc()).limit(1))
    return found


def assemble(parameters: Parameters, background: Background | None) -> RulesInForce:
    """Parameters and background with the version that they would have."""
    return RulesInForce(
        version=_version(parameters.to_document(), background.to_document() if background else None),
        parameters=parameters,
        background=background or unknown_background(),
        has_fitted_background=background is not None,
    )


def find_rules(session: Session, version: str) -> RulesInForce:
    """A stored version. Raises NotFoundError."""
    if version in _remembered:
        return _remembered[version]
    statement = (
        select(Rules.document, BackgroundRow.document)
        .outerjoin(BackgroundRow, Rules.background_id == BackgroundRow.id)
        .where(Rules.version == version)
    )
    row = session.execute(statement).first() if _VERSION.fullmatch(version) else None
    if row is None:
        raise NotFoundError(f"there are no rules {version[:64]!r}; see `earshot rules list`")
    document, background = row
    found = RulesInForce(
        version=version,
        parameters=Parameters.from_document(document),
        background=Background.from_document(background) if background else unknown_background(),
        has_fitted_background=background is not None,
    )
    while len(_remembered) >= _MOST_REMEMBERED:
        _remembered.pop(next(iter(_remembered)), None)
    _remembered[version] = found
    return found


def list_rules(session: Session) -> list[dict[str, Any]]:
    """Every stored version, the newest first, with when it was last put in force."""
    used = (
        select(RulesUse.version, func.max(RulesUse.id).label("use_id")).group_by(RulesUse.version).subquery()
    )
    basis, calls = (BackgroundRow.document[name] for name in ("basis", "calls"))
    statement = (
        select(
            Rules.version,
            Rules.created_at,
            RulesUse.effective_at,
            basis.as_string().label("basis"),
            calls.as_integer().label("calls"),
        )
        .outerjoin(BackgroundRow, Rules.background_id == BackgroundRow.id)
        .outerjoin(used, used.c.version == Rules.version)
        .outerjoin(RulesUse, RulesUse.id == used.c.use_id)
        .order_by(Rules.created_at.desc(), Rules.version)
    )
    in_force = version_in_force(session)
    return [{**row, "in_force": row["version"] == in_force} for row in session.execute(statement).mappings()]


def store_rules(
    session: Session, parameters: Parameters, background: Background | None, *, now: datetime
) -> RulesInForce:
    """Keep a version that decides nothing until it is put in force; one that is there already stays."""
    rules = assemble(parameters, background)
    dialect = dialect_of(session)
    dialect.lock_log(session, "rules")
    if session.get(Rules, rules.version) is not None:
        return rules
    background_id = None
    if background is not None:
        background_id = session.scalar(
            insert(BackgroundRow)
            .values(document=background.to_document(), fitted_at=now)
            .returning(BackgroundRow.id)
        )
    session.execute(
        insert(Rules).values(
            version=rules.version,
            document=parameters.to_document(),
            background_id=background_id,
            created_at=now,
        )
    )
    return rules


def put_in_force(
    session: Session, parameters: Parameters, background: Background | None, *, actor: str, now: datetime
) -> RulesInForce:
    """Store parameters and background as a version and let it decide from now on."""
    rules = store_rules(session, parameters, background, now=now)
    _use(session, rules.version, actor=actor, now=now)
    return rules


def use_rules(session: Session, version: str, *, actor: str, now: datetime) -> RulesInForce:
    """Let a stored version decide from now on, and have every alert judged again. Raises NotFoundError."""
    rules = find_rules(session, version)
    _use(session, version, actor=actor, now=now)
    first, last = session.execute(select(func.min(Alert.started_at), func.max(Alert.started_at))).one()
    if first is not None and last is not None:
        session.add(Change(kind="rules", from_at=first - CLOCKS_MARGIN, through_at=last + CLOCKS_MARGIN))
    return rules


def _use(session: Session, version: str, *, actor: str, now: datetime) -> None:
    session.execute(insert(RulesUse).values(version=version, effective_at=now))
    append_audit(session, at=now, actor=actor, action="rules.use", target=f"rules:{version}")


def _version(document: dict[str, Any], background: dict[str, Any] | None) -> str:
    content = orjson.dumps([document, background], option=orjson.OPT_SORT_KEYS)
    return "r-" + sha256(content).hexdigest()[:12]
