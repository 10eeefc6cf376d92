"""The parameters that every administrators' list takes."""

from typing import Any

from app.domain.parameters import Parameter, whole_number

MOST_A_PAGE = 1_000
A_PAGE = 100
PAGE = (
    Parameter(
        name="limit",
        description=f"Rows a page, {A_PAGE} unless told.",
        read=whole_number(1, MOST_A_PAGE),
        schema={"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE, "default": A_PAGE},
    ),
    Parameter(name="cursor", description="Where the page begins: from `links.next`.", read=str),
)


def documented(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """Parameters for a route's `openapi_extra`."""
    return {"parameters": [parameter.document() for parameter in parameters]}
