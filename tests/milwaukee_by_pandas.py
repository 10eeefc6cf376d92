"""Milwaukee's figures by another way: pandas on the city's own table, and nothing of the product."""

import json
from pathlib import Path

import pandas as pd
from geographiclib.geodesic import Geodesic
from shapely import Point, contains
from shapely.geometry import shape

ZONE = "America/Chicago"
Z = 1.959964


def read_table(folder: Path) -> pd.DataFrame:
    """The log by its ids, with aware times; `is_alert` for what the acoustic vendor's alerts created."""
    table = pd.read_csv(folder / "calls_for_service.csv", dtype={"id": str}).set_index("id")
    table["time"] = pd.to_datetime(table["time"]).dt.tz_localize(ZONE)
    table["is_alert"] = table["nature"] == "SHOTSPOTTER"
    return table


def fixed_windows(table: pd.DataFrame, minutes: int) -> dict[int, tuple[int, int]]:
    """By radius: located alerts with a SHOTS FIRED call, and such calls with an alert, in closed windows."""
    located = table[table["latitude"].notna()]
    alerts = located[located["is_alert"]].reset_index()
    calls = located[located["nature"] == "SHOTS FIRED"].reset_index()
    pairs = alerts.merge(calls, how="cross", suffixes=("", "_call"))
    pairs = pairs[(pairs["time"] - pairs["time_call"]).abs() <= pd.Timedelta(minutes=minutes)]
    pairs = pairs[(pairs["latitude"] - pairs["latitude_call"]).abs() < 0.01].copy()
    pairs["distance_m"] = [
        Geodesic.WGS84.Inverse(*ends)["s12"]
        for ends in pairs[["latitude", "longitude", "latitude_call", "longitude_call"]].itertuples(
            index=False
        )
    ]
    near = {radius_m: pairs[pairs["distance_m"] <= radius_m] for radius_m in (100, 250, 500, 1000)}
    return {radius_m: (each["id"].nunique(), each["id_call"].nunique()) for radius_m, each in near.items()}


def incidents_of(table: pd.DataFrame, folder: Path, verdicts: dict[tuple[str, ...], str]) -> pd.DataFrame:
    """Incidents, each by the ids of its alerts, with what the log says of the first: hour, day, district."""
    rows = pd.DataFrame(
        {"alerts": list(verdicts), "verdict": list(verdicts.values())},
    )
    first = table.loc[[min(ids, key=lambda one: table.at[one, "time"]) for ids in rows["alerts"]]]
    rows["hour"] = first["time"].dt.strftime("%H:00").to_numpy()
    rows["weekday"] = first["time"].dt.day_name().str.lower().to_numpy()
    rows["month"] = first["time"].dt.strftime("%Y-%m").to_numpy()
    rows["zone"] = [
        _district(folder, *place) for place in zip(first["longitude"], first["latitude"], strict=True)
    ]
    return rows


def shares(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Reported of judged incidents by group, with Wilson's 95 % interval."""
    judged = rows[rows["verdict"].isin(["reported", "unreported"])]
    table = judged.groupby(by)["verdict"].agg(
        numerator=lambda words: (words == "reported").sum(), denominator="size"
    )
    n, p = table["denominator"], table["numerator"] / table["denominator"]
    middle, width = p + Z**2 / (2 * n), Z * (p * (1 - p) / n + Z**2 / (4 * n**2)) ** 0.5
    return table.assign(
        share=p, low=(middle - width) / (1 + Z**2 / n), high=(middle + width) / (1 + Z**2 / n)
    )


def first_call_lags(table: pd.DataFrame, links: dict[tuple[str, ...], list[str]]) -> pd.Series:
    """Seconds from an incident's first alert to the first of the calls that report it, by the log's times."""
    lags = [
        (table.loc[calls, "time"].min() - table.loc[list(alerts), "time"].min()).total_seconds()
        for alerts, calls in links.items()
        if calls
    ]
    return pd.Series(lags, dtype=float)


def _district(folder: Path, longitude: float, latitude: float) -> str | None:
    for feature in json.loads((folder / "police_districts.geojson").read_text())["features"]:
        if contains(shape(feature["geometry"]), Point(longitude, latitude)):
            return str(feature["properties"]["POLICE"])
    return None
