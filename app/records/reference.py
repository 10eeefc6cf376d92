"""/docs: the API reference, from files that are installed with the product; no other host is asked."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import FileResponse, Response
from swagger_ui_bundle import swagger_ui_path

from app.core.errors import NotFoundError
from app.records.schemas import FieldProblem, Problem

router = APIRouter(include_in_schema=False)

# Those of the console take no key but in the body, or know who asks by the cookie.
_CONSOLE = ("/console/session", "/console/session/activity", "/console/settings")
OPEN_PATHS = ("/livez", "/readyz", *_CONSOLE)
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Earshot: API reference</title>
<link rel="icon" type="image/png" href="docs/static/favicon-32x32.png">
<link rel="stylesheet" href="docs/static/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<noscript>This page needs JavaScript; <a href="openapi.json">openapi.json</a> says the same.</noscript>
<script src="docs/static/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""
_SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key: `earshot key create`."},
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "For map clients: the key is the password; only to read.",
    },
}
_NOT_OURS = "HTTPValidationError"
_NULL = {"type": "null"}


@router.get("/docs")
def get_page() -> Response:
    """The page."""
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    return Response(_PAGE, media_type="text/html", headers=headers)


@router.get("/docs/start.js")
def get_start() -> Response:
    """What starts the page: a file, because the page's policy forbids inline scripts."""
    return Response(_START, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/docs/static/{name}")
def get_file(name: str) -> Response:
    """One of the three files of Swagger UI that the page needs; its own index asks another host."""
    if name not in _FILES:
        raise NotFoundError("no such file")
    headers = {"Cache-Control": "public, max-age=86400"}
    return FileResponse(swagger_ui_path / name, media_type=_FILES[name], headers=headers)


def install(app: FastAPI) -> None:
    """Let `/openapi.json` tell of every route of an app, in the version that clients read."""
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.0 document (OGC API asks for 3.0, and Swagger UI 4 reads no other); made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        document["openapi"] = "3.0.3"
        components = document.setdefault("components", {})
        components["securitySchemes"] = _SECURITY
        schemas = components.setdefault("schemas", {})
        schemas |= {"Problem": Problem.model_json_schema(), "FieldProblem": FieldProblem.model_json_schema()}
        schemas["Problem"]["properties"]["errors"]["items"] = {"$ref": "#/components/schemas/FieldProblem"}
        schemas["Problem"].pop("$defs")
        document["security"] = [{name: []} for name in _SECURITY]
        for path, operations in document["paths"].items():
            for operation in operations.values():
                if _NOT_OURS in str(operation["responses"].get("422")):
                    del operation["responses"]["422"]
                if path in OPEN_PATHS:
                    operation["security"] = []
        for name in (_NOT_OURS, "ValidationError"):
            schemas.pop(name, None)
        app.openapi_schema = _as_3_0(document)
    return app.openapi_schema


def _as_3_0(node: Any) -> Any:
    """JSON Schema as OpenAPI 3.0 spells it: `nullable` for a null among the choices, `enum` for `const`."""
    if isinstance(node, list):
        return [_as_3_0(item) for item in node]
    if not isinstance(node, dict):
        return node
    spelled = {name: _as_3_0(value) for name, value in node.items()}
    if isinstance(choices := spelled.get("anyOf"), list) and _NULL in choices:
        rest = [choice for choice in choices if choice != _NULL]
        del spelled["anyOf"]
        if len(rest) > 1:
            spelled["anyOf"] = rest
        elif "$ref" in rest[0]:
            spelled["allOf"] = rest
        else:
            spelled |= rest[0]
        spelled["nullable"] = True
    if "const" in spelled:
        spelled["enum"] = [spelled.pop("const")]
    return spelled
