import re

import pytest
import typer

from app.cli import app
from app.cli.edge import EarshotGroup

# API.md's command table, as far as it is built.
PROMISED = {
    "serve",
    "worker",
    "db upgrade",
    "db check",
    "db vacuum",
    "db backup",
    "db restore",
    "source add",
    "source list",
    "source show",
    "source check",
    "source doctor",
    "source presets",
    "source rotate-secret",
    "source disable",
    "source enable",
    "source change-mapping",
    "key create",
    "key list",
    "key revoke",
    "import alerts",
    "import calls",
    "import zones",
    "import cameras",
    "correlate",
    "incidents list",
    "incidents show",
    "rules show",
    "rejects list",
    "rejects show",
    "rejects retry",
    "rejects purge",
    "audit search",
    "audit verify",
    "report",
    "export incidents",
    "export alerts",
    "export calls",
    "simulate",
    "demo",
    "sensitivity",
}
TEXT = {*["serve", "worker", "demo"], "openapi"}


def leaves(command=None, name=""):
    command = command or typer.main.get_command(app)
    children = getattr(command, "commands", None)
    if children is None:
        return {name: command}
    found = {}
    for key, child in children.items():
        found |= leaves(child, f"{name} {key}".strip())
    return found


COMMANDS = leaves()


def test_every_promised_command_is_there():
    assert set(COMMANDS) >= PROMISED


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name):
    command = COMMANDS[name]
    assert command.help
    assert command.help.endswith(".")
    assert re.match(r"Examples?: earshot ", command.epilog or ""), "an example in the epilog"
    for parameter in command.params:
        said = parameter.help
        assert said, f"{name} {parameter.name} has no help"
        assert said.endswith("."), f"{name} {parameter.name}: {said}"


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - TEXT))
def test_what_a_script_would_read_is_to_be_had_as_json(name):
    assert "--json" in [option for parameter in COMMANDS[name].params for option in parameter.opts]


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_is_printed(name, earshot):
    said = earshot(*name.split(), "--help").stdout
    assert "Usage: " in said
    assert "Example" in said


def test_the_version(earshot):
    assert re.fullmatch(r"earshot \d+\.\d+\.\d+\n", earshot("--version").stdout)


def test_the_root_turns_errors_into_lines():
    assert isinstance(typer.main.get_command(app), EarshotGroup)
