"""Numbers in features that SQLite spells are the numbers that it stores, to the last bit."""

import random
import sqlite3
from contextlib import closing

from app.db.dialect.sqlite_features import _HARD_NUMBERS, _number

COUNT = 50_000


def test_every_number_is_read_back_as_it_is():
    chance = random.Random(17)
    numbers = [
        *_HARD_NUMBERS,
        *(chance.uniform(-180, 180) for _ in range(COUNT)),
        *(round(chance.uniform(-180, 180), chance.randrange(16)) for _ in range(COUNT)),
        *(chance.random() * 10 ** chance.randrange(-12, 15) for _ in range(COUNT)),
        *(0.0, 1.0, -90.0, 180.0, 1e-4, 1e-5, 5e-324, 999_999_999_999_999.0, 1e15, 2.0**53, 1e22, 1.7e308),
    ]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE told (number REAL)")
        connection.executemany("INSERT INTO told VALUES (?)", ((one,) for one in numbers))
        texts = connection.execute(f"SELECT {_number('number')} FROM told ORDER BY rowid").fetchall()
    assert [one for one, (text,) in zip(numbers, texts, strict=True) if float(text) != one] == []


def test_short_numbers_stay_short():
    with closing(sqlite3.connect(":memory:")) as connection:
        for text in ("0.1", "-87.9", "43.0612", "25.0", "-0.3", "0.0001", "179.999999999999"):
            assert connection.execute(f"SELECT {_number('?1')}", (float(text),)).fetchone() == (text,)
