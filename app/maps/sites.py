"""Where maps are served: with a key from the database itself, or open to all from a database of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from app.db import Database
from app.maps.collections import Collection
from app.maps.extents import Extents
from app.maps.remembered import RememberedFeatures

ROOT = "/ogc"
_OPEN_SITE = "earshot_open_site"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSite:
    """Collections that everybody may read, under a root of their own."""

    root: str
    database: Database
    extents: Extents
    collections: Mapping[str, Collection]


def enter(request: Request, site: OpenSite) -> None:
    """Answer this request from an open site."""
    request.scope[_OPEN_SITE] = site


def open_site(request: Request) -> OpenSite | None:
    """The open site that was asked, if one was."""
    site: OpenSite | None = request.scope.get(_OPEN_SITE)
    return site


def root_of(request: Request) -> str:
    """The path that everything lies under."""
    site = open_site(request)
    return ROOT if site is None else site.root


def database_of(request: Request) -> Database:
    """Where features come from."""
    site = open_site(request)
    database: Database = request.app.state.database if site is None else site.database
    return database


def remembered_by(request: Request) -> RememberedFeatures | None:
    """Its features that are remembered; an open site's are not."""
    remembered: RememberedFeatures = request.app.state.features
    return remembered if open_site(request) is None else None


def extents_of(request: Request) -> Extents:
    """Where and when its collections' features are."""
    site = open_site(request)
    extents: Extents = request.app.state.extents if site is None else site.extents
    return extents
