"""The peers, tipg and pygeoapi: installed by pip, each into an environment of its own, served as documented.

They read a table of the same incidents with the same properties and a geometry column, with the indexes that
each of them can use. Both send what they build without packing it, since the client does not ask for that.
"""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.maps.cases import CONNECTIONS
from benchmarks.maps.statements import PROPERTIES, ZONES

_SERVER = "uvicorn[standard]==0.54.0"
# The newest for this Python: pygeoapi 0.22 and later want 3.12.
_PYGEOAPI = "0.24.0" if sys.version_info >= (3, 12) else "0.21.0"
_PYGEOAPI_NEEDS = ("starlette<1", "SQLAlchemy<2.1", "GeoAlchemy2", "psycopg2-binary", _SERVER)
_INSTALL_TIMEOUT_S = 420
TABLE = "incident_features"


@dataclass(frozen=True, slots=True)
class Peer:
    """A server to compare with, and what its process is started by."""

    name: str
    version: str
    needs: tuple[str, ...]
    app: str


PEERS = (
    Peer("tipg", "1.6.1", ("tipg==1.6.1", _SERVER), "tipg.main:app"),
    Peer("pygeoapi", _PYGEOAPI, (f"pygeoapi=={_PYGEOAPI}", *_PYGEOAPI_NEEDS), "pygeoapi.starlette_app:APP"),
)


def install(peer: Peer) -> Path | None:
    """The Python of a peer's environment, made when it is not there; None, and why, when it cannot be had."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "earshot-benchmarks" / f"{peer.name}-{peer.version}-{sysconfig.get_python_version()}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if ready.exists():
        return python
    print(f"Installing {peer.name} {peer.version} into {folder}", flush=True)
    try:
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(str(python), "-m", "pip", "install", "--quiet", *peer.needs)
    except (OSError, subprocess.SubprocessError) as error:
        told = getattr(error, "stderr", None) or str(error)
        print(f"{peer.name} is left out, it cannot be installed: {told.strip().splitlines()[-1]}", flush=True)
        return None
    ready.touch()
    return python


def fill(url: str) -> None:
    """The table that peers read, made of the incidents."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            f"CREATE TABLE {TABLE} AS SELECT id, {', '.join(PROPERTIES)}, {ZONES} AS zones,"
            " position::geometry(Point, 4326) AS geom FROM incidents WHERE merged_into_id IS NULL"
        )
        connection.execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id)")
        connection.execute(f"CREATE INDEX ON {TABLE} USING gist (geom)")
        connection.execute(f"CREATE INDEX ON {TABLE} (started_at)")
        connection.execute(f"VACUUM ANALYZE {TABLE}")


def environment(peer: Peer, url: str) -> dict[str, str]:
    """What a peer's process is told of the database and of the table."""
    if peer.name == "tipg":
        table = {"geomcol": "geom", "datetimecol": "started_at", "pk": "id"}
        return {
            "DATABASE_URL": url,
            "DB_MIN_CONN_SIZE": str(CONNECTIONS),
            "DB_MAX_CONN_SIZE": str(CONNECTIONS),
            "TIPG_DB_TABLES": json.dumps([f"public.{TABLE}"]),
            "TIPG_TABLE_CONFIG": json.dumps({f"public_{TABLE}": table}),
            # No features beside the tile, as in ours.
            "TIPG_TILE_BUFFER": "0",
        }
    folder = Path(tempfile.mkdtemp(prefix="earshot-pygeoapi-"))
    config, openapi = folder / "config.json", folder / "openapi.json"
    config.write_text(json.dumps(_pygeoapi(url)))
    openapi.write_text(json.dumps({"openapi": "3.0.2", "paths": {}, "info": {"title": "", "version": ""}}))
    return {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}


def _pygeoapi(url: str) -> dict[str, object]:
    told = make_url(url)
    data = {
        "host": told.host,
        "port": told.port,
        "dbname": told.database,
        "user": told.username,
        "password": told.password or "none",
        "search_path": ["public"],
    }
    provider = {
        "type": "feature",
        "name": "PostgreSQL",
        "data": data,
        "id_field": "id",
        "table": TABLE,
        "geom_field": "geom",
        "time_field": "started_at",
    }
    limits = {"default_items": 10, "max_items": 10_000, "on_exceed": "throttle"}
    collection = {
        "type": "collection",
        "title": "Incidents",
        "description": "Incidents",
        "keywords": ["incidents"],
        "links": [],
        "extents": {
            "spatial": {"bbox": [-89, 42, -87, 44], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
        },
        "limits": limits,
        "providers": [provider],
    }
    identification = {
        "title": "pygeoapi",
        "description": "pygeoapi",
        "keywords": ["pygeoapi"],
        "terms_of_service": "none",
        "url": "http://127.0.0.1",
    }
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 5000},
            "url": "http://127.0.0.1:5000",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": ["en-US"],
            "pretty_print": False,
            "limits": limits,
            "map": {"url": "http://127.0.0.1/{z}/{x}/{y}", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": identification,
            "license": {"name": "none"},
            "provider": {"name": "none", "url": "http://127.0.0.1"},
            "contact": {"name": "none"},
        },
        "resources": {"incidents": collection},
    }


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=_INSTALL_TIMEOUT_S)
