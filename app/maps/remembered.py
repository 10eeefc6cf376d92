"""Features as they were spelled last: what did not change need not be spelled for everybody who looks."""

from collections.abc import Callable, Mapping, Sequence

# A feature takes about a kilobyte.
_MOST = 32_000

Read = Callable[[Sequence[bytes]], Mapping[bytes, bytes]]


class RememberedFeatures:
    """The texts of features by keys that say which feature and which of its revisions; those used last.

    Whoever asks has the keys from the database, so a text is never older than what the database says. Threads
    may lose each other's entries; that costs a look at the database and nothing else.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most // 2
        self._young: dict[bytes, bytes] = {}
        self._old: dict[bytes, bytes] = {}

    def known(self, keys: Sequence[bytes]) -> list[bytes] | None:
        """The text of each key; None unless all were used lately."""
        texts = list(map(self._young.get, keys))
        return None if None in texts else texts  # type: ignore[return-value]

    def texts(self, keys: Sequence[bytes], read: Read) -> list[bytes] | None:
        """The text of each key; `read` is asked for those not known. None when it does not know them all."""
        texts = list(map(self._young.get, keys))
        if None not in texts:
            return texts  # type: ignore[return-value]
        lacking = [key for key, text in zip(keys, texts, strict=True) if text is None]
        old = self._old
        found = {key: old[key] for key in lacking if key in old}
        unknown = [key for key in lacking if key not in found]
        if unknown:
            found.update(read(unknown))
        if len(self._young) + len(found) > self._most:
            self._young, self._old = {}, self._young
        self._young.update(found)
        texts = [found.get(key) if text is None else text for key, text in zip(keys, texts, strict=True)]
        return None if None in texts else texts  # type: ignore[return-value]
