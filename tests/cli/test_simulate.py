from pathlib import Path


def test_a_city_as_files_that_can_be_taken_in(earshot, add_sources, tmp_path):
    made = earshot.json("simulate", "--out", "city", "--days", "2", "--seed", "7", "--start", "2026-06-01")
    assert made["from"] == "2026-06-01T05:00:00.000Z", "midnight where the city is"
    assert set(made["files"]) == {"alerts", "calls", "zones", "coverage", "cameras", "truth"}
    first = Path(made["files"]["calls"]).read_bytes()
    add_sources(earshot)
    counts = earshot.json("import", "calls", made["files"]["calls"], "--source", "cad")
    assert (counts["new"], counts["rejected"]) == (made["calls"], 0)
    earshot("simulate", "--out", "again", "--days", "2", "--seed", "7", "--start", "2026-06-01T05:00:00Z")
    assert (tmp_path / "again" / "calls.ndjson").read_bytes() == first


def test_a_city_of_one_s_own(earshot, tmp_path):
    (tmp_path / "city.toml").write_text('name = "Elsewhere"\nalerts_per_day = 2.0\n')
    said = earshot("simulate", "--out", "o", "--city", "city.toml", "--days", "1").stdout
    assert said.startswith("Elsewhere, 1 days")
