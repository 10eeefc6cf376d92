"""OGC API - Tiles: the same collections as Mapbox Vector Tiles, and a style to draw them by."""
