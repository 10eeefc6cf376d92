"""Engine, units of work, models, and the one place that knows which database it is."""

from app.db.database import Database

__all__ = ["Database"]
