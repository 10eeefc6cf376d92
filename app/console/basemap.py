"""The basemap that an operator may choose, and which hosts browsers may ask for it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from app.core.errors import SettingsError
from app.core.settings import Settings

FILE_PATH = "/console/basemap.pmtiles"
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Basemap:
    """Where its tiles come from; `file` is an archive of ours, `origins` are hosts of others."""

    kind: Literal["raster", "vector", "pmtiles"]
    url: str
    attribution: str | None
    origins: tuple[str, ...]
    file: Path | None = None


def chosen_basemap(settings: Settings) -> Basemap | None:
    """What the settings choose, if anything. Raises SettingsError where they make no sense."""
    kind, url, file = (
        settings.console_basemap_kind,
        settings.console_basemap_url,
        settings.console_basemap_file,
    )
    if kind is None and url is None and file is None:
        return None
    if (url is None) == (file is None):
        raise SettingsError(
            "a basemap needs one of EARSHOT_CONSOLE_BASEMAP_URL and EARSHOT_CONSOLE_BASEMAP_FILE, not both"
        )
    further = _further_origins(settings.console_basemap_hosts)
    attribution = settings.console_basemap_attribution
    if file is not None:
        if kind not in (None, "pmtiles"):
            raise SettingsError("EARSHOT_CONSOLE_BASEMAP_FILE is a PMTiles archive: its kind is pmtiles")
        if not file.is_file():
            raise SettingsError(f"EARSHOT_CONSOLE_BASEMAP_FILE names {file}, which is no file")
        return Basemap("pmtiles", FILE_PATH, attribution, further, file)
    if kind is None:
        raise SettingsError(
            "EARSHOT_CONSOLE_BASEMAP_URL needs EARSHOT_CONSOLE_BASEMAP_KIND: raster, vector or pmtiles"
        )
    return Basemap(kind, str(url), attribution, (*_origin_of(str(url)), *further))


def _origin_of(url: str) -> tuple[str, ...]:
    """The host that an address names, if it is not ours."""
    if url.startswith("/") and not url.startswith("//"):
        return ()
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if _ORIGIN.fullmatch(origin) is None:
        raise SettingsError(
            f"EARSHOT_CONSOLE_BASEMAP_URL: {url!r} begins neither with https:// and a host nor with /"
        )
    return (origin,)


def _further_origins(listed: str | None) -> tuple[str, ...]:
    origins = tuple(part.strip() for part in (listed or "").split(",") if part.strip())
    for origin in origins:
        if _ORIGIN.fullmatch(origin) is None:
            raise SettingsError(
                f"EARSHOT_CONSOLE_BASEMAP_HOSTS: {origin!r} is no address such as https://fonts.example"
            )
    return origins
