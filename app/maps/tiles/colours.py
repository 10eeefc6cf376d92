"""The colours of the style. Verdicts have Okabe and Ito's, which colour-blind people tell apart."""

from collections.abc import Mapping

from app.domain.vocabulary import Verdict

# Green and amber are darker than Okabe and Ito's: on a light ground, shapes need a contrast of 3 : 1.
OF_VERDICTS: Mapping[Verdict, str] = {
    Verdict.UNREPORTED: "#d55e00",
    Verdict.REPORTED: "#00875f",
    Verdict.PENDING: "#b97a00",
    Verdict.INDETERMINATE: "#68717c",
    Verdict.WITHDRAWN: "#8a939e",
}
GROUND = "#e4e9ed"
ZONE = "#f8f9f9"
ZONE_LINE = "#aab4be"
COVERAGE = "#5b7fa3"
CAMERA = "#4a6f96"
CLUSTER = "#7d8894"
RIM = "#ffffff"
REVIEW = "#15191e"
