"""The edition of the hour: made by the first request that wants it."""

from threading import Lock
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import Clock
from app.core.logs import cause_of, logger
from app.core.settings import Settings
from app.db import Database
from app.maps.public.edition import Edition, hour_of
from app.maps.public.incidents import collection_of
from app.maps.sites import OpenSite

AGAIN_AFTER_S = 60.0
_log = logger(__name__)


class Editions:
    """The edition of the hour, and the one before it for those who still read it."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._collection = collection_of(settings)
        self._making = Lock()
        self._edition: Edition | None = None
        self._before: Edition | None = None
        self._not_again_before = 0.0

    def current(self) -> OpenSite:
        """What is told now. While an edition is made, others read the one before; at first they wait.

        Where it cannot be made, the one before stays: what it tells is older, and as coarse.
        """
        held, hour = self._edition, hour_of(self._clock())
        if held is not None and (held.hour == hour or monotonic() < self._not_again_before):
            return held.site
        if not self._making.acquire(blocking=held is None):
            assert held is not None  # noqa: S101 - whoever has none waits
            return held.site
        try:
            return self._made().site
        finally:
            self._making.release()

    def close(self) -> None:
        """Delete what is there."""
        for edition in (self._before, self._edition):
            if edition is not None:
                edition.close()
        self._before = self._edition = None

    def _made(self) -> Edition:
        held, hour = self._edition, hour_of(self._clock())
        if held is not None and held.hour == hour:
            return held
        try:
            made = Edition(self._database, self._settings, self._collection, hour)
        except (SQLAlchemyError, OSError) as error:
            if held is None:
                raise
            _log.error("public_edition_failed", error=cause_of(error))
            self._not_again_before = monotonic() + AGAIN_AFTER_S
            return held
        if self._before is not None:
            self._before.close()
        self._before, self._edition = held, made
        return made
