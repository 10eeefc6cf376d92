"""Features as files: all that a question asks for, as GeoJSON, CSV, GeoPackage or GeoParquet."""
