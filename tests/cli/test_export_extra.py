"""What exports need beyond the rest, and when it is loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("form", "missing"), [("gpkg", "pyogrio"), ("gpkg", "pyarrow"), ("parquet", "pyarrow")]
)
def test_without_the_extra_it_says_what_to_install(city, form, missing, monkeypatch, tmp_path):
    for name in list(sys.modules):
        if name.partition(".")[0] == missing or name.startswith("app.maps.exports.as_geop"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "app.maps.exports.columns", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    done = city.earshot("export", "incidents", "--format", form, exit_code=1)
    assert f"{form} needs {missing}" in done.stderr
    assert "pip install 'earshot[export]'" in done.stderr
    assert list(tmp_path.iterdir()) == []
    for light in ("geojson", "csv"):
        city.earshot("export", "incidents", "--format", light)


def test_the_help_loads_nothing_heavy():
    code = (
        "import sys, app.cli; "
        "heavy = {'pyarrow', 'pyogrio', 'shapely', 'sqlalchemy', 'numpy'} & set(sys.modules); "
        "sys.exit(len(heavy))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
