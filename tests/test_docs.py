"""The documentation says what the code does: every table of it is compared with what it describes."""

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import typer

from app.access import roles
from app.adapters import FeedMapping, Parsed, preset_names, preset_text
from app.adapters.declaration import _KEYS, _TABLES
from app.adapters.functions import MappingFunctions
from app.adapters.record_fields import FIELDS
from app.cli import app as command_line
from app.core.errors import ProblemError
from app.core.http import HttpProblem
from app.core.metrics import Metrics
from app.core.settings import Settings
from app.domain.records import CallRecord
from app.domain.vocabulary import Origin, Role
from app.main import create_app
from tests.records.test_access import routes_of

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LISTS = (
    "GET /v1/incidents",
    "GET /v1/alerts",
    "GET /v1/calls",
    "GET /v1/zones",
    "GET /v1/cameras",
    "GET /v1/follow-ups",
    "GET /v1/missed-gunfire",
    "GET /v1/incidents/{incident_id}/cameras",
    "GET /v1/insight/reporting",
    "GET /v1/insight/response",
    "GET /v1/insight/scorecard",
    "GET /v1/insight/follow-ups",
    "GET /v1/insight/sensitivity",
)
NOT_OUR_SETTINGS = {
    "EARSHOT_CONFIG",
    "EARSHOT_DB_PASSWORD",
    "EARSHOT_TEST_DATABASE_URL",
    "EARSHOT_TEST_REQUIRE",
}


@cache
def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, without those that only draw lines."""
    found = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return [row for row in found if not set("".join(row)) <= set("-: ")]


def row_of(text: str, name: str) -> list[str]:
    """The one row that begins with a name in backticks."""
    found = [row for row in rows(text) if row[0] == f"`{name}`"]
    assert len(found) == 1, f"one row for `{name}`, not {len(found)}"
    return found[0]


def section(text: str, heading: str) -> str:
    """What stands between a heading and the next one."""
    match = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,6}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"there is no section {heading}"
    return match[2]


def coded(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


# operating.md


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_told_with_its_default(name):
    default = Settings.model_fields[name].default
    spelled = str(default).lower() if isinstance(default, bool) else str(default)
    shown = "none" if default is None else f"`{spelled}`"
    assert row_of(page("docs/operating.md"), f"EARSHOT_{name.upper()}")[1] == shown


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_setting_is_told_that_there_is_not(path):
    told = set(re.findall(r"EARSHOT_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8")))
    assert told - {f"EARSHOT_{name.upper()}" for name in Settings.model_fields} <= NOT_OUR_SETTINGS


@pytest.mark.parametrize("role", Role)
def test_every_role_is_told_with_its_scopes(role):
    _, given, beyond = row_of(section(page("docs/operating.md"), "Keys"), role.value)
    assert set(coded(given)) == roles.default_scopes(role)
    assert set(coded(beyond)) == roles.allowed_scopes(role) - roles.default_scopes(role)


def test_every_scope_is_explained():
    scopes = {value for name, value in vars(roles).items() if name.isupper() and isinstance(value, str)}
    assert scopes >= roles.default_scopes(Role.ADMIN)
    told = {row[0].strip("`") for row in rows(section(page("docs/operating.md"), "Scopes"))}
    assert told - {"scope"} == scopes


def test_every_metric_is_told_with_its_labels():
    instruments = [item for item in vars(Metrics()).values() if hasattr(item, "_labelnames")]
    assert instruments
    for instrument in instruments:
        name = instrument._name + ("_total" if instrument._type == "counter" else "")
        assert row_of(page("docs/operating.md"), name)[1] == ", ".join(instrument._labelnames)


# mappings.md


@pytest.mark.parametrize("key", sorted(_KEYS | set().union(*_TABLES.values())))
def test_every_key_of_a_mapping_is_told(key):
    assert all(row_of(section(page("docs/mappings.md"), "Keys"), key))


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind in FIELDS for field in FIELDS[kind]])
def test_every_field_of_a_record_is_told(kind, field):
    text = section(page("docs/mappings.md"), "Fields of both kinds")
    text += section(page("docs/mappings.md"), f"Fields of {kind.value}")
    assert field in {name for row in rows(text) for name in coded(row[0])}


def test_no_field_is_told_that_there_is_not():
    for kind, known in FIELDS.items():
        told = {
            name
            for row in rows(section(page("docs/mappings.md"), f"Fields of {kind.value}"))
            for name in coded(row[0])
        }
        assert told
        assert told <= set(known)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_is_told_with_what_is_provisional(name):
    mapping = FeedMapping.from_toml(preset_text(name))
    _, kind_and_format, known, provisional = row_of(section(page("docs/mappings.md"), "Presets"), name)
    assert kind_and_format == f"{mapping.kind.value}, {mapping.format}"
    assert known
    assert tuple(coded(provisional)) == mapping.provisional


def test_every_function_of_ours_is_told():
    ours = {name.removeprefix("_func_") for name in vars(MappingFunctions) if name.startswith("_func_")}
    assert ours
    told = {
        row[0].strip("`").partition("(")[0] for row in rows(section(page("docs/mappings.md"), "Expressions"))
    }
    assert told - {"function"} == ours


def test_the_mapping_shown_is_one():
    (example,) = re.findall(r"```toml\n(.*?)```", page("docs/mappings.md"), re.DOTALL)
    assert FeedMapping.from_toml(example).bounds is not None


def test_the_record_of_an_alert_is_named_as_told():
    text = section(page("docs/mappings.md"), "The alerts' own records")
    example = "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))
    start = 'kind = "calls"\nformat = "json"\n'
    mapping = FeedMapping.from_toml(
        start + example.replace("[fields]", '[fields]\nexternal_id = "id"\nreceived_at = "time"', 1)
    )
    remarks, named = re.findall(r"`([^`]*SST[^`]*)`", text)
    record = {"id": "1", "time": "2026-07-04T21:05:30Z", "nature": "OTHER", "remarks": remarks}
    result = mapping.apply(record, ordinal=0, line=None, now=datetime(2026, 7, 5, tzinfo=UTC))
    assert isinstance(result, Parsed)
    assert isinstance(result.record, CallRecord)
    assert (result.record.alert_external_id, result.record.origin) == (named, Origin.SENSOR)
    assert remarks not in str(result.raw)


# api.md


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    file = tmp_path_factory.mktemp("docs") / "earshot.db"
    return create_app(Settings(database_url=f"sqlite:///{file}", _env_file=None))


def test_the_api_page_tells_of_every_route_and_of_no_other(service):
    there = {f"{method} {path}" for method, path in routes_of(service.routes)}
    told = {
        route
        for route in coded(page("docs/api.md"))
        if re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) /\S*", route)
    }
    assert there
    assert sorted(there - told) == []
    assert sorted(told - there) == []


@pytest.mark.parametrize("route", LISTS)
def test_every_parameter_of_a_list_is_told(service, route):
    method, path = route.split(" ")
    described = service.openapi()["paths"][path][method.lower()]["parameters"]
    text = page("docs/api.md")
    everywhere = {name for row in rows(section(text, "Lists")) for name in coded(row[0])}
    own = {name for row in rows(section(text, f"`{route}`")) for name in coded(row[0])}
    names = {parameter["name"] for parameter in described if parameter["in"] == "query"}
    assert sorted(names - own - everywhere) == []
    assert sorted(own - names) == []


def problems(kind: type[ProblemError] = ProblemError) -> Iterator[type[ProblemError]]:
    yield kind
    for further in kind.__subclasses__():
        yield from problems(further)


@pytest.mark.parametrize(
    "problem",
    sorted(set(problems()) - {HttpProblem}, key=lambda problem: problem.type),
    ids=lambda problem: problem.type,
)
def test_every_problem_is_told_with_its_status(problem):
    assert row_of(page("docs/api.md"), f"urn:earshot:problem:{problem.type}")[1] == str(problem.status)


def test_no_problem_is_told_that_there_is_not():
    told = set(re.findall(r"urn:earshot:problem:([a-z-]+)", page("docs/api.md")))
    assert told == {problem.type for problem in problems() if problem is not HttpProblem}


# every page


def commands_in(text: str) -> set[str]:
    """Every `earshot …` of a page: in code spans, and in blocks at the beginning of a command."""
    blocks = "\n".join(re.findall(r"```\w*\n(.*?)```", text, re.DOTALL))
    blocks += "\n" + "\n".join(re.findall(r"^(?: {4}|\t)(.*)$", text, re.MULTILINE))
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL).split("\n\n")
    spans = [span for paragraph in prose for span in coded(" ".join(paragraph.split()))]
    lines = [*blocks.splitlines(), *spans]
    begins = r"(?:^|[$;&|(] ?|exec \w+ |bin/)earshot(?= |$)([^#;&|>`)]*)"
    return {found.strip() for line in lines for found in re.findall(begins, line.strip())}


def wrong_with(words: list[str]) -> str | None:
    """Why a command line cannot be: an unknown command or option. Placeholders in capitals may be any."""
    command = typer.main.get_command(command_line)
    for word in words:
        children = getattr(command, "commands", None)
        if word.startswith("--"):
            name = word.partition("=")[0]
            known = {option for parameter in command.params for option in parameter.opts}
            if name != "--help" and name not in known:
                return f"{command.name} has no {name}"
        elif children is not None and not word.isupper():
            if word not in children:
                return f"there is no command {word}"
            command = children[word]
    return None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_told_is_there(path):
    commands = commands_in(path.read_text(encoding="utf-8"))
    wrong = {
        command: wrong_with(shlex.split(command.replace("…", "").replace("'", ""))) for command in commands
    }
    assert {command: why for command, why in wrong.items() if why} == {}


def test_commands_are_found_and_judged():
    found = commands_in(
        "Run `earshot\nnix`, or\n\n    $ earshot db nix\n    bin/earshot serve --nix\n\nbut not earshot here."
    )
    assert found == {"nix", "db nix", "serve --nix"}
    assert all(wrong_with(command.split()) for command in found)
    assert wrong_with(["key", "create", "--role", "R", "--help"]) is None
    assert any("source check" in command for command in commands_in(page("docs/mappings.md")))


def slugs(text: str) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        there = path.parent / name if name else path
        assert there.exists(), f"{path.name}: {target}"
        if anchor:
            assert anchor in slugs(there.read_text(encoding="utf-8")), f"{path.name}: {target}"


def test_the_readme_leads_to_every_page():
    for path in ROOT.glob("docs/*.md"):
        assert f"](docs/{path.name})" in page("README.md"), path.name
