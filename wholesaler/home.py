"""The data directory, ``$WHOLESALER_HOME``."""

import os
from pathlib import Path


def make_home(home: Path) -> None:
    """Create the data directory with its parents where they are missing.

    Root's is open for entering whatever root's umask says: the account of the private database must reach what is
    inside, which closes itself. Raises ``OSError`` when it cannot be made.
    """
    for directory in [*reversed(home.parents), home]:
        if not directory.is_dir():
            directory.mkdir(exist_ok=True)
            if os.geteuid() == 0:
                directory.chmod(0o755)
