"""Every setting is described; where it comes from and what is refused."""

from pathlib import Path

import pytest

from app.core.errors import SettingsError
from app.core.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this machine's environment nor a .env of its own."""
    import os

    for name in list(os.environ):
        if name.startswith("EARSHOT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_the_defaults_are_safe() -> None:
    settings = load_settings()
    assert settings.database_url == "sqlite:///var/earshot.db"
    settings.require_safe_address(settings.host)


def test_environment_before_env_file_before_toml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    toml = tmp_path / "earshot.toml"
    toml.write_text("port = 1\npool_size = 1\nbatch_limit = 1\n")
    monkeypatch.setenv("EARSHOT_CONFIG", str(toml))
    (tmp_path / ".env").write_text("EARSHOT_PORT=2\nEARSHOT_POOL_SIZE=2\n")
    monkeypatch.setenv("EARSHOT_PORT", "3")
    settings = load_settings()
    assert (settings.port, settings.pool_size, settings.batch_limit) == (3, 2, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EARSHOT_PORT", "0"),
        ("EARSHOT_PORT", "http"),
        ("EARSHOT_TIME_ZONE", "Mars/Olympus"),
        ("EARSHOT_TIME_ZONE", "../etc/passwd"),
        ("EARSHOT_DATABASE_URL", "mysql://root@localhost/x"),
        ("EARSHOT_DATABASE_URL", ""),
        ("EARSHOT_BODY_LIMIT_BYTES", "-1"),
        ("EARSHOT_LOG_LEVEL", "loud"),
        ("EARSHOT_KEY_CACHE_S", "3600"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings()


def test_a_misspelt_name_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EARSHOT_BATCHLIMIT", "5")
    with pytest.raises(SettingsError, match="EARSHOT_BATCHLIMIT"):
        load_settings()
    monkeypatch.delenv("EARSHOT_BATCHLIMIT")
    (tmp_path / ".env").write_text("EARSHOT_BATCHLIMIT=5\n")
    with pytest.raises(SettingsError, match="BATCHLIMIT"):
        load_settings()
    (tmp_path / ".env").unlink()
    toml = tmp_path / "earshot.toml"
    toml.write_text("batchlimit = 5\n")
    monkeypatch.setenv("EARSHOT_CONFIG", str(toml))
    with pytest.raises(SettingsError, match="BATCHLIMIT"):
        load_settings()


@pytest.mark.parametrize("content", [None, "port = ", "port = 1\nport = 2"])
def test_a_config_file_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    toml = tmp_path / "earshot.toml"
    if content is not None:
        toml.write_text(content)
    monkeypatch.setenv("EARSHOT_CONFIG", str(toml))
    with pytest.raises(SettingsError, match="EARSHOT_CONFIG"):
        load_settings()


def test_a_password_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", "mysql://root:hunter2@localhost/x")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "", "127.0.0.1.example.org"])
def test_listening_beyond_loopback_needs_a_proxy_with_tls(host: str) -> None:
    with pytest.raises(SettingsError, match="TLS"):
        Settings(_env_file=None).require_safe_address(host)
    Settings(behind_tls_proxy=True, _env_file=None).require_safe_address(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_safe(host: str) -> None:
    Settings(_env_file=None).require_safe_address(host)


@pytest.mark.parametrize("region", ["XX", "us", "US-XX", "US-"])
def test_whose_holidays_must_be_known(monkeypatch, region):
    monkeypatch.setenv("EARSHOT_HOLIDAYS", region)
    with pytest.raises(SettingsError, match="EARSHOT_HOLIDAYS"):
        load_settings()


def test_holidays_are_of_a_country_or_a_part_of_one(monkeypatch):
    for region, known in (("US", "US"), ("US-CA", "US-CA"), ("", None)):
        monkeypatch.setenv("EARSHOT_HOLIDAYS", region)
        assert load_settings().holidays == known
