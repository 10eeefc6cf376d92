"""Compile every loop ahead: `python -m app.correlation.loops`.

What is compiled is kept, so that neither the first verdict nor the first test waits for it.
"""

from app.correlation.rehearsal import rehearse

if __name__ == "__main__":
    rehearse()
