"""What a route answers, for the OpenAPI document; `core` has it, because other packages have routes too."""

from app.core.described import REFUSALS, responses, taken, written

__all__ = ["REFUSALS", "responses", "taken", "written"]
