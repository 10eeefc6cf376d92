"""What the sensors make of the shootings."""

from dataclasses import dataclass

import numpy as np

from app.domain.geodesy import Floats
from app.domain.vocabulary import Classification
from app.simulate.city import City
from app.simulate.columns import CLASSIFICATIONS, NO_TIME, AlertColumns, Codes, Counts, Flags, Micros
from app.simulate.plane import Plane
from app.simulate.seeds import stream
from app.simulate.shootings import Shootings

MOST_ROUNDS = 80
_CODE = {classification: code for code, classification in enumerate(CLASSIFICATIONS)}


@dataclass(frozen=True, slots=True)
class _Rounds:
    final: Counts
    first: Counts
    classification: Codes
    first_classification: Codes


def draw_alerts(city: City, plane: Plane, seed: int, shootings: Shootings) -> tuple[AlertColumns, Counts]:
    """The alerts in order of their start, and the shooting of each.

    Every shooting is heard; `share_second_alert` of them twice, 2 to 40 s and some 60 m apart.
    """
    rng = stream(seed, "alerts")
    everything = np.arange(shootings.at_us.size, dtype=np.int32)
    again = everything[rng.random(everything.size) < city.share_second_alert]
    shooting = np.concatenate((everything, again))
    offset_s = np.concatenate((np.zeros(everything.size), rng.uniform(2, 40, again.size)))
    # The vendor's clock is good: a fifth of a second.
    offset_s += rng.normal(0, 0.2, shooting.size)
    started_at_us = _milliseconds(shootings.at_us[shooting] + (offset_s * 1e6).astype(np.int64))
    order = np.argsort(started_at_us, kind="stable")
    shooting, started_at_us = shooting[order], started_at_us[order]
    uncertainty_m = np.round(city.alert_uncertainty_m * rng.lognormal(0, 0.35, shooting.size)) + 1
    spread_m = np.hypot(uncertainty_m, np.where(order >= everything.size, 60.0, 0.0))
    east_m = shootings.east_m[shooting] + spread_m * rng.standard_normal(shooting.size)
    north_m = shootings.north_m[shooting] + spread_m * rng.standard_normal(shooting.size)
    delay_s = rng.lognormal(np.log(35), 0.4, shooting.size)
    published_at_us = _milliseconds(started_at_us + (delay_s * 1e6).astype(np.int64))
    refined_at_us, retracted_at_us = _second_thoughts(
        rng, city, published_at_us, shootings.real[shooting], shootings.recognised[shooting]
    )
    rounds = _rounds(rng, shootings.recognised[shooting], refined_at_us != NO_TIME)
    longitude, latitude = plane.to_degrees(east_m, north_m)
    shot_start, shot_offset_s, shot_longitude, shot_latitude = _shots(
        rng, plane, rounds.final, east_m, north_m
    )
    columns = AlertColumns(
        started_at_us=started_at_us,
        published_at_us=published_at_us,
        refined_at_us=refined_at_us,
        retracted_at_us=retracted_at_us,
        longitude=longitude,
        latitude=latitude,
        uncertainty_m=uncertainty_m,
        rounds=rounds.final,
        first_rounds=rounds.first,
        classification=rounds.classification,
        first_classification=rounds.first_classification,
        full_auto=(rounds.final >= 8) & (rng.random(shooting.size) < 0.25),
        high_capacity=rounds.final >= 12,
        multiple_shooters=(rounds.final >= 6) & (rng.random(shooting.size) < 0.15),
        shot_start=shot_start,
        shot_offset_s=shot_offset_s,
        shot_longitude=shot_longitude,
        shot_latitude=shot_latitude,
    )
    return columns, shooting


def _second_thoughts(
    rng: np.random.Generator, city: City, published_at_us: Micros, real: Flags, recognised: Flags
) -> tuple[Micros, Micros]:
    """When each alert was refined (1 to 10 min after it was published) and retracted (10 to 60 min)."""
    count = published_at_us.size
    refined = (rng.random(count) < city.feeds.share_refined) | recognised
    share_retracted = np.where(real, city.feeds.share_real_retracted, city.feeds.share_false_retracted)
    retracted = (rng.random(count) < share_retracted) & ~recognised
    refined_at_us = _milliseconds(published_at_us + rng.integers(60_000_000, 600_000_000, count))
    retracted_at_us = _milliseconds(published_at_us + rng.integers(600_000_000, 3_600_000_000, count))
    return np.where(refined, refined_at_us, NO_TIME), np.where(retracted, retracted_at_us, NO_TIME)


def _rounds(rng: np.random.Generator, recognised: Flags, refined: Flags) -> _Rounds:
    count = recognised.size
    final = np.clip(np.rint(rng.lognormal(np.log(4), 0.9, count)), 1, MOST_ROUNDS).astype(np.int32)
    guess = np.clip(final + rng.integers(-3, 4, count), 1, MOST_ROUNDS).astype(np.int32)
    first = np.where(refined, guess, final).astype(np.int32)
    probable = rng.random(count)
    fireworks = rng.random(count) < 0.75
    classification = _gunfire_codes(final, probable < 0.08)
    classification[recognised & fireworks] = _CODE[Classification.FIREWORKS]
    classification[recognised & ~fireworks] = _CODE[Classification.NOT_GUNFIRE]
    first_classification = np.where(refined, _gunfire_codes(first, probable < 0.25), classification)
    return _Rounds(final, first, classification, first_classification.astype(np.int8))


def _gunfire_codes(rounds: Counts, probable: Flags) -> Codes:
    single, several = _CODE[Classification.SINGLE_GUNSHOT], _CODE[Classification.MULTIPLE_GUNSHOTS]
    codes = np.where(rounds == 1, single, several)
    return np.where(probable, _CODE[Classification.PROBABLE_GUNFIRE], codes).astype(np.int8)


def _shots(
    rng: np.random.Generator, plane: Plane, rounds: Counts, east_m: Floats, north_m: Floats
) -> tuple[Micros, Floats, Floats, Floats]:
    """Each alert's first row and, per round, the seconds since the first and the position."""
    start = np.concatenate(([0], np.cumsum(rounds, dtype=np.int64)))
    alert = np.repeat(np.arange(rounds.size), rounds)
    pace_s = rng.lognormal(np.log(0.35), 0.4, rounds.size)
    gaps_s = pace_s[alert] * rng.lognormal(0, 0.4, alert.size)
    elapsed_s = np.cumsum(gaps_s)
    offset_s = np.round(elapsed_s - elapsed_s[start[:-1]][alert], 3)
    shot_east_m = east_m[alert] + rng.normal(0, 4, alert.size)
    shot_north_m = north_m[alert] + rng.normal(0, 4, alert.size)
    return start, offset_s, *plane.to_degrees(shot_east_m, shot_north_m)


def _milliseconds(micros: Micros) -> Micros:
    return micros // 1000 * 1000
