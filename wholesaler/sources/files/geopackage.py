"""What GDAL cannot be stopped in once it has begun: to count the records of a view that may have no end."""

from contextlib import closing
from pathlib import Path
from time import monotonic
from urllib.parse import quote

#: seconds in which the records of a view must be counted; joins of half a million parcels take some
LONGEST_COUNT = 30.0
#: steps of the database between two looks at the clock
_STEPS = 100_000


def is_endless(package: Path, layer: str) -> bool:
    """Whether a layer is a view with more records than can be counted in that time."""
    import sqlite3

    end = monotonic() + LONGEST_COUNT
    name = layer.replace('"', '""')
    try:
        # nothing is to be written beside it
        with closing(sqlite3.connect(f"file:{quote(str(package))}?immutable=1", uri=True)) as database:
            found = database.execute("SELECT type FROM sqlite_master WHERE name = ?", (layer,)).fetchone()
            if found == ("view",):
                database.set_progress_handler(lambda: int(monotonic() > end), _STEPS)
                database.execute(f'SELECT count(*) FROM "{name}"').fetchone()
    except sqlite3.Error:  # also of functions that only GDAL has, and of what is damaged, which GDAL tells
        return monotonic() > end
    return False
