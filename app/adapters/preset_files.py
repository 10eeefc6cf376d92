"""The mappings that ship with the product."""

from difflib import get_close_matches
from importlib.resources import files

from app.adapters.errors import MappingError

_PRESETS = files("app.adapters") / "presets"


def preset_names() -> list[str]:
    """The names of the presets, in order."""
    names = (entry.name for entry in _PRESETS.iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def preset_text(name: str) -> str:
    """One preset's TOML, to be used or changed; MappingError for an unknown name."""
    names = preset_names()
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
        raise MappingError(f"there is no preset {name!r}; {hint}")
    return (_PRESETS / f"{name}.toml").read_text(encoding="utf-8")
