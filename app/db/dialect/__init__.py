"""The only place that knows which database it is: two modules of the same shape.

Each has DRIVER, engine_options, prepare_engine, micros, in_box, near, insert_new, insert_ignoring,
copy_rows, lock_rows, claim, lock_log, lock_slabs, wake, listen.
"""
