"""Origins of web pages, as browsers name them (RFC 6454). Pure."""

import re

ANY = "*"
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


def read_origins(text: str) -> tuple[str, ...]:
    """Origins by comma; `*` is every one. ValueError names what a browser would never send as one."""
    origins = tuple(filter(None, (part.strip() for part in text.split(","))))
    for origin in origins:
        if origin != ANY and _ORIGIN.fullmatch(origin) is None:
            raise ValueError(
                f"{origin!r} is no origin such as https://maps.example.org: scheme, host in lower case and,"
                " where it is not the usual one, port; no path"
            )
    return origins
