"""What can go wrong with a mapping, a body or a file as a whole. Nothing else leaves this package."""


class MappingError(ValueError):
    """A mapping that cannot be used: says which key, what was expected and, for a typo, the nearest name."""


class BodyError(ValueError):
    """A request body that is not what its format says: nothing in it can be told apart."""


class FileError(ValueError):
    """A file that cannot be read on: what came before the fault has already been handed out."""


class Unusable(ValueError):
    """One field's value that cannot be used: the reason in words for the sender. Stays inside the package."""


class Altered(ValueError):
    """One field's value that is used after a change: the value as kept, and the reason. Stays inside."""

    def __init__(self, value: object, reason: str) -> None:
        super().__init__(reason)
        self.value = value
