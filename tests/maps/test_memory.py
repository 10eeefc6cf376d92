"""However many features are walked, the memory that it takes stays that of a few parts."""

import tracemalloc
from dataclasses import replace

from app.maps import queries
from app.maps.collections import COLLECTIONS
from app.maps.questions import read_question
from benchmarks.maps.filling import fill

COUNT = 3_000
A_PART = 100


def test_the_memory_of_a_walk_stays_flat(database, settings, monkeypatch):
    fill(settings.database_url, COUNT)
    monkeypatch.setattr(queries, "A_PART", A_PART)
    question = read_question(COLLECTIONS["incidents"], database.dialect, [("limit", "1000")])
    walked, sent, peaks, helds = 0, 0, [], []
    tracemalloc.start()
    try:
        while True:
            tracemalloc.reset_peak()
            held = tracemalloc.get_traced_memory()[0]
            for part in queries.read_page(database, question):
                walked += part.returned
                sent += len(part.text)
                cursor = part.cursor
            peaks.append(tracemalloc.get_traced_memory()[1] - held)
            helds.append(held)
            if cursor is None:
                break
            question = replace(question, cursor=cursor)
    finally:
        tracemalloc.stop()
    assert walked == COUNT
    a_part = sent * A_PART / COUNT
    assert helds[-1] < helds[1] + a_part
    # A part as rows and as one text, not a page of ten of them.
    assert max(peaks[1:]) < 6 * a_part
