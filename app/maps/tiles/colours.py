"""The colours of the style. Verdicts have Okabe and Ito's, which colour-blind people tell apart."""

from collections.abc import Mapping

from app.domain.vocabulary import Verdict

# A darker amber would have more contrast, and be vermilion to whoever sees no red or no green.
OF_VERDICTS: Mapping[Verdict, str] = {
    Verdict.UNREPORTED: "#d55e00",
    Verdict.REPORTED: "#009e73",
    Verdict.PENDING: "#e69f00",
    Verdict.INDETERMINATE: "#68717c",
    Verdict.WITHDRAWN: "#808a95",
}
# So the amber ring has edges that stand out of a light ground.
PENDING_EDGE = "#7a5200"
GROUND = "#e4e9ed"
ZONE = "#f8f9f9"
ZONE_LINE = "#aab4be"
COVERAGE = "#5b7fa3"
CAMERA = "#4a6f96"
CLUSTER = "#7d8894"
RIM = "#ffffff"
REVIEW = "#15191e"
