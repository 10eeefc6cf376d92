"""The only place that knows which database it is: two modules of the same shape.

Each has DRIVER, NAME, END_OF_TIME, POSITION, engine_options, prepare_engine, micros, instant_literal, stored,
index_shadows, in_box, near, store_area, insert_new, add_rows, insert_ignoring, copy_rows, one_of, lock_rows,
claim, lock_log, lock_slabs, listen.
"""
