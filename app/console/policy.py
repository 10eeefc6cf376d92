"""The headers of every page and file of the console."""

from collections.abc import Iterable

# No inline script or style, nothing from elsewhere; MapLibre's worker is a file of ours.
_FIXED = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "worker-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
_UNUSED_FEATURES = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
    *("magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking"),
)


def page_headers(basemap_origins: Iterable[str]) -> dict[str, str]:
    """What browsers are told with every page: where it may load from, and what it never needs."""
    origins = "".join(f" {origin}" for origin in basemap_origins)
    policy = (*_FIXED, f"img-src 'self' data: blob:{origins}", f"connect-src 'self'{origins}")
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED_FEATURES),
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
