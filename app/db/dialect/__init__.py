"""The only place that knows which database it is: two modules of the same shape.

Each has DRIVER, NAME, ALONE, STATE, engine_options, quick_reader, prepare_engine, micros, instant_literal,
stored, rows_as_of, index_shadows, in_box, is_crowded, near, relates, like, folded, joined, store_area,
insert_new, add_rows, insert_ignoring, copy_rows, one_of, lock_rows, claim, lock_log, lock_slabs, listen.
Modules of their own are FEATURES: SORTS_WHOLE_ROWS, feature_text, statement_text, bound, run_alone,
texts_of; and TILES: in_tile, whole, tile_of_points, tile_of_areas.
"""
