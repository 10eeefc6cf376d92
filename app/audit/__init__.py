"""Who did what to what: an append-only trail in which each entry's hash covers the one before."""

from app.audit.store import append_audit

__all__ = ["append_audit"]
