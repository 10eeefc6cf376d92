"""Which form is written by what; those that need libraries of their own are loaded only when asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from app.core.errors import NotInstalledError
from app.domain.vocabulary import ExportForm
from app.maps.exports.as_csv import write_csv
from app.maps.exports.as_geojson import write_geojson
from app.maps.exports.reading import Features

Writer = Callable[[Features, Path], None]
_STREAMED = {ExportForm.GEOJSON: write_geojson, ExportForm.CSV: write_csv}


def is_streamed(form: ExportForm) -> bool:
    """Whether a form can be written where nobody can go back, as into a pipe."""
    return form in _STREAMED


def write_stream(features: Features, form: ExportForm, out: BinaryIO) -> None:
    """Write features of a streamed form."""
    _STREAMED[form](features, out)


def writer_of(form: ExportForm) -> Writer:
    """What writes a new file of a form. Raises NotInstalledError."""
    try:
        if form is ExportForm.GPKG:
            from app.maps.exports.as_geopackage import write_geopackage  # noqa: PLC0415 - not everywhere

            return write_geopackage
        if form is ExportForm.PARQUET:
            from app.maps.exports.as_geoparquet import write_geoparquet  # noqa: PLC0415 - not everywhere

            return _opening(write_geoparquet)
    except ImportError as error:
        raise NotInstalledError(
            f"{form.value} needs {error.name}: pip install 'earshot[export]', or export as geojson or csv"
        ) from error
    return _opening(_STREAMED[form])


def _opening(write: Callable[[Features, BinaryIO], None]) -> Writer:
    def write_file(features: Features, path: Path) -> None:
        with path.open("xb") as out:
            write(features, out)

    return write_file
