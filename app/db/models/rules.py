"""The versioned parameters and the backgrounds fitted for them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.models.base import Base, PrimaryId


class Background(Base):
    """A frozen background: how many calls to expect where and when nothing was shot."""

    __tablename__ = "backgrounds"

    id: Mapped[PrimaryId]
    document: Mapped[dict[str, Any]]
    fitted_at: Mapped[datetime]


class Rules(Base):
    """A frozen rules document, named by its content."""

    __tablename__ = "rules"

    version: Mapped[str] = mapped_column(Text, primary_key=True)
    document: Mapped[dict[str, Any]]
    background_id: Mapped[int | None] = mapped_column(ForeignKey("backgrounds.id"))
    created_at: Mapped[datetime]


class RulesUse(Base):
    """From when on a version decided. The row added last is in force; rows are only ever added."""

    __tablename__ = "rules_uses"

    id: Mapped[PrimaryId]
    version: Mapped[str] = mapped_column(ForeignKey("rules.version"))
    effective_at: Mapped[datetime]
