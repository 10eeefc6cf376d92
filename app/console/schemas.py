"""What the console's own routes answer and take."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.domain.vocabulary import Role


class Credentials(BaseModel):
    """What somebody signs in with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    key: str = Field(max_length=200, description="A key of a viewer, analyst or administrator.")


class SessionDocument(BaseModel):
    """Who is signed in, and until when."""

    role: Role
    scopes: list[str]
    name: str | None = Field(description="The key's name.")
    source: str | None = Field(description="The feed that the key is bound to; null for people's keys.")
    expires_at: datetime = Field(description="When the key must be presented again whatever is done.")
    locks_at: datetime = Field(description="When the session locks if nothing is done until then.")
    locks_after_s: int = Field(description="After so long without activity it locks.")


class BasemapDocument(BaseModel):
    """What lies under the map."""

    kind: Literal["raster", "vector", "pmtiles"]
    url: str = Field(description="Tiles with {z}/{x}/{y}, a TileJSON or style, or a PMTiles archive.")
    attribution: str | None


class ConsoleSettings(BaseModel):
    """What the pages need to know before anybody signs in."""

    agency_name: str | None
    notice: str | None = Field(description="What the agency says to whoever is about to sign in.")
    time_zone: str = Field(description="The agency's zone, an IANA name.")
    version: str
    basemap: BasemapDocument | None
