"""One independent stream of random numbers per part, so that adding a part does not shift the others."""

from zlib import crc32

import numpy as np


def stream(seed: int, part: str) -> np.random.Generator:
    """The generator of a part by its name: a spawned child of the seed, whatever else was spawned."""
    child = np.random.SeedSequence(seed, spawn_key=(crc32(part.encode()),))
    return np.random.Generator(np.random.PCG64(child))
