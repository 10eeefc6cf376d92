"""Every setting, from the environment (`EARSHOT_…`), `.env` or the TOML file `EARSHOT_CONFIG` names."""

import ipaddress
import os
import tomllib
from contextlib import suppress
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from app.core.errors import SettingsError
from app.core.holidays import check_region
from app.core.origins import read_origins


class Settings(BaseSettings):
    """What an operator can choose. Defaults run the embedded database on the loopback address."""

    model_config = SettingsConfigDict(env_prefix="EARSHOT_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = Field(
        default="sqlite:///var/earshot.db",
        description="Where everything is kept: sqlite:///FILE or postgresql://user:password@host/database.",
    )
    time_zone: str = Field(
        default="UTC", description="The agency's zone (IANA name): incident numbers count its years."
    )
    holidays: str | None = Field(
        default=None,
        description="Whose holidays statistics mark: a country (US) or a part of one (US-CA); none without.",
    )
    host: str = Field(default="127.0.0.1", description="Address that `earshot serve` listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port that `earshot serve` listens on.")
    behind_tls_proxy: bool = Field(
        default=False,
        description="Says that a proxy with TLS stands in front; without it only loopback is served.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe log line that is written."
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="Logs as JSON lines, or readable for a terminal."
    )
    pool_size: int = Field(
        default=8,
        ge=1,
        le=200,
        description="Database connections per process for reading, and as many for writing.",
    )
    pool_timeout_s: float = Field(
        default=3.0, gt=0, le=60, description="How long a request waits for a connection before a 503."
    )
    read_timeout_s: float = Field(
        default=60.0, ge=0, description="PostgreSQL: how long a service's query may take; 0 is no limit."
    )
    lock_timeout_s: float = Field(
        default=30.0, ge=0, description="PostgreSQL: how long a service waits for a lock; 0 is no limit."
    )
    idle_timeout_s: float = Field(
        default=60.0,
        ge=0,
        description="PostgreSQL: how long a service's unit of work may stand still; 0 is no limit.",
    )
    body_limit_bytes: int = Field(
        default=10_000_000, ge=1_000, description="Largest request body, before and after decompression."
    )
    batch_limit: int = Field(
        default=10_000, ge=1, le=100_000, description="Most records in one posted array."
    )
    writer_queue_limit: int = Field(
        default=5_000, ge=1, description="Submissions that may wait for the writer before a 503."
    )
    webhook_tolerance_s: int = Field(
        default=300, ge=1, le=3600, description="Largest age of a signed webhook's timestamp."
    )
    key_cache_s: float = Field(
        default=2.0, ge=0, le=60, description="How long a key may be accepted or refused as it last was."
    )
    session_idle_s: int = Field(
        default=1_800,
        ge=10,
        le=86_400,
        description="After so long without anybody at it the console locks.",
    )
    session_longest_s: int = Field(
        default=43_200,
        ge=60,
        le=604_800,
        description="After so long the console locks whatever was done.",
    )
    agency_name: str | None = Field(
        default=None, max_length=200, description="The agency's name, as the console shows it."
    )
    console_notice: str | None = Field(
        default=None, max_length=4_000, description="What the console says to whoever is about to sign in."
    )
    console_basemap_kind: Literal["raster", "vector", "pmtiles"] | None = Field(
        default=None, description="What lies under the console's map; none: only zones draw the city."
    )
    console_basemap_url: str | None = Field(
        default=None, description="Address of its tiles, style or archive, which browsers ask."
    )
    console_basemap_file: Path | None = Field(
        default=None, description="A PMTiles archive on this machine, served from here instead."
    )
    console_basemap_attribution: str | None = Field(
        default=None, max_length=1_000, description="Who made the basemap."
    )
    console_basemap_hosts: str | None = Field(
        default=None, description="Further addresses that its style names, by comma: https://fonts.example."
    )
    worker_poll_s: float = Field(
        default=1.0, gt=0, le=60, description="How often the worker looks for work when nothing wakes it."
    )
    follow_up_rounds: int = Field(
        default=5,
        ge=1,
        le=10_000,
        description="From so many rounds on, an unreported incident is to be followed up.",
    )
    reject_retention_days: int = Field(
        default=30, ge=1, le=365, description="Days after which unusable records are deleted."
    )
    stream_limit: int = Field(
        default=2_000, ge=1, le=100_000, description="Streams of events open at once before a 503."
    )
    stream_heartbeat_s: float = Field(
        default=15.0,
        ge=0.05,
        le=60,
        description="How often an idle stream gives a sign of life, and its key is looked at again.",
    )
    stream_stall_s: float = Field(
        default=30.0, ge=0.1, le=600, description="How long a stream's reader may take nothing."
    )
    stream_poll_s: float = Field(
        default=0.25, gt=0, le=60, description="How often the log is read for streams when nothing wakes it."
    )
    metrics_port: int | None = Field(
        default=None, ge=1, le=65535, description="Also serve /metrics without a key on this port."
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address of that port; beyond loopback only in a private network."
    )

    cors_origins: str | None = Field(
        default=None,
        description="Origins whose pages may read /ogc in a browser, by comma; `*`: every one; none without.",
    )
    public_enabled: bool = Field(
        default=False, description="Whether the public feed is served, to anybody, under /public/ogc."
    )
    public_delay_h: int = Field(
        default=24,
        ge=6,
        le=8_760,
        description="Public feed: hours for which nothing that happened or became known is told.",
    )
    public_cell_m: int = Field(
        default=100,
        ge=100,
        le=10_000,
        description="Public feed: the least width and height of the cells that stand for positions.",
    )
    public_least_count: int = Field(
        default=3,
        ge=2,
        le=1_000,
        description="Public feed: a cell is told where incidents on so many days lie in it.",
    )
    public_days: int = Field(
        default=365, ge=30, le=3_660, description="Public feed: how many days back it reaches."
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA time zone such as America/Chicago") from error
        return value

    @field_validator("holidays")
    @classmethod
    def _known_region(cls, value: str | None) -> str | None:
        if not value:
            return None
        check_region(value)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _known_origins(cls, value: str | None) -> str | None:
        return value if value and read_origins(value) else None

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The agency's time zone."""
        return ZoneInfo(self.time_zone)

    def require_safe_address(self, host: str) -> None:
        """Refuse to listen beyond loopback where nothing says that TLS protects keys. SettingsError."""
        loopback = host == "localhost"
        with suppress(ValueError):
            loopback = loopback or ipaddress.ip_address(host).is_loopback
        if not loopback and not self.behind_tls_proxy:
            raise SettingsError(
                f"listening on {host} would send keys and calls in clear text: put a TLS proxy in front"
                " and set EARSHOT_BEHIND_TLS_PROXY=true, or listen on 127.0.0.1"
            )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments before environment before `.env` before the TOML file."""
        named = os.environ.get("EARSHOT_CONFIG")
        toml = TomlConfigSettingsSource(settings_cls, toml_file=Path(named) if named else None)
        return init_settings, env_settings, dotenv_settings, toml


def _refuse_strays(toml_file: str | None) -> None:
    """A misspelt setting must not be passed over; what others keep in `.env` is none of ours."""
    known = {f"EARSHOT_{name.upper()}" for name in Settings.model_fields} | {"EARSHOT_CONFIG"}
    named = [*os.environ, *dotenv_values(".env")]
    if toml_file is not None:
        named += [f"EARSHOT_{key.upper()}" for key in tomllib.loads(Path(toml_file).read_text("utf-8"))]
    strays = {
        name
        for name in named
        if name.startswith("EARSHOT_") and not name.startswith("EARSHOT_TEST_") and name not in known
    }
    if strays:
        raise SettingsError(f"unknown settings: {', '.join(sorted(strays))}")


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError that names each wrong one."""
    named = os.environ.get("EARSHOT_CONFIG")
    if named and not Path(named).is_file():
        raise SettingsError(f"EARSHOT_CONFIG names {named}, which is no file")
    try:
        _refuse_strays(named)
        return Settings()
    except TOMLDecodeError as error:
        raise SettingsError(f"EARSHOT_CONFIG names {named}, which is not TOML: {error}") from error
    except ValidationError as error:
        lines = [
            f"EARSHOT_{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors()
        ]
        raise SettingsError("; ".join(lines)) from error
