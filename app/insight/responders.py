"""What kind of responder an agency's word stands for; one that is not here is `other`. Pure."""

import re
from enum import StrEnum

_BETWEEN = re.compile(r"[^a-z0-9]+")


class ResponderKind(StrEnum):
    """Who came."""

    POLICE = "police"
    CIVILIAN = "civilian"
    CRISIS = "crisis"
    FIRE_EMS = "fire_ems"
    OTHER = "other"

    @property
    def can_ask_for_police(self) -> bool:
        """Whether police are back-up to them. Of the unknown it cannot be said."""
        return self in (ResponderKind.CIVILIAN, ResponderKind.CRISIS, ResponderKind.FIRE_EMS)


WORDS = {
    ResponderKind.POLICE: (
        *("police", "patrol", "officer", "sworn", "sworn officer", "sheriff", "deputy", "trooper"),
        *("detective", "swat", "k9", "law enforcement"),
    ),
    ResponderKind.CIVILIAN: (
        *("civilian", "civilian technician", "technician", "community service officer", "cso"),
        *("community responder", "police aide", "public safety aide"),
    ),
    ResponderKind.CRISIS: (
        *("crisis", "crisis team", "crisis response", "mental health", "clinician", "social worker"),
        "counselor",
    ),
    ResponderKind.FIRE_EMS: ("fire", "ems", "fire ems", "ambulance", "medic", "paramedic", "emt", "rescue"),
}
_KIND_OF = {word: kind for kind, words in WORDS.items() for word in words}


def kind_of(word: str) -> ResponderKind:
    """The kind that a word stands for, whatever its case and whatever joins its parts."""
    return _KIND_OF.get(_BETWEEN.sub(" ", word.casefold()).strip(), ResponderKind.OTHER)
