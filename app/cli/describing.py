"""`earshot openapi`: the API's description for programs that are made from it, such as the console."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `openapi`."""
    app.command(epilog="Example: earshot openapi --out openapi.json")(openapi)


def openapi(
    out: Annotated[
        Path | None, typer.Option(help="Write it there, and only when it differs from what is there.")
    ] = None,
) -> None:
    """Print the OpenAPI document that a server answers at /openapi.json; no database is opened."""
    import json

    from app.core.settings import Settings
    from app.main import create_app

    with TemporaryDirectory() as folder:
        settings = Settings.model_construct(database_url=f"sqlite:///{folder}/never-opened.db")
        document = create_app(settings, with_worker=False).openapi()
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    elif not out.exists() or out.read_text(encoding="utf-8") != text:
        out.write_text(text, encoding="utf-8")
