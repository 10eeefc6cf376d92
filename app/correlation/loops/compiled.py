"""How loops are compiled, and where that is kept: beside the code, or else in the user's own cache.

Neither fast maths nor threads: what a loop makes of a pair has the same bits alone and among millions. Only
the functions that judge import the modules of this package, when they are called: the compiler takes a third
of a second to come in.
"""

from collections.abc import Callable
from hashlib import sha256
from inspect import getfile
from pathlib import Path
from typing import Any, TypeVar

from numba import config, njit
from numba.core.caching import InTreeCacheLocator, UserProvidedCacheLocator, UserWideCacheLocator

from app.correlation import background, evidence, lag, live, relief, rhythm
from app.domain import geodesy

_Function = TypeVar("_Function", bound=Callable[..., Any])
# Whose numbers, tuples and formulas are part of what is compiled.
_READ = (background, evidence, geodesy, lag, live, relief, rhythm)
_SOURCES = [*map(getfile, _READ), *sorted(map(str, Path(__file__).parent.glob("*.py")))]
_STAMP = sha256(b"\0".join(Path(source).read_bytes() for source in _SOURCES)).hexdigest()


class _OfAllSources:
    """What was compiled is out of date when any loop changed, or what it reads: Numba looks at one file."""

    def get_source_stamp(self) -> str:
        """What tells these sources from others."""
        return _STAMP


class WhereTold(_OfAllSources, UserProvidedCacheLocator):
    """In the folder that NUMBA_CACHE_DIR names."""


class BesideTheCode(_OfAllSources, InTreeCacheLocator):
    """In `__pycache__`, where it can be written."""


class OfTheUser(_OfAllSources, UserWideCacheLocator):
    """In the user's cache."""


config.CACHE_LOCATOR_CLASSES = ",".join(  # type: ignore[attr-defined] # set from the environment
    f"{place.__module__}.{place.__name__}" for place in (WhereTold, BesideTheCode, OfTheUser)
)


def compiled(function: _Function) -> _Function:
    """The function compiled when first called; kept for the next process where there is a place for it."""
    try:
        made: _Function = njit(function, nogil=True, error_model="numpy", cache=True)
    except RuntimeError:
        made = njit(function, nogil=True, error_model="numpy")
    return made
