"""The report of the invented county on its second day, made as a user makes it: by the program, command by command."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

_DAYS = 2


def sample_report(home: Path, links: Mapping[str, str]) -> Path:
    """Run the pipeline for two days in ``home``, and make the report with these links, names and all."""
    market = home / "sample-county" / "sample-county.toml"
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE_URL", "WHOLESALER_", "ALERT_"))
    }
    surroundings = {**kept, "WHOLESALER_HOME": str(home), "ALERT_SHOW_NAMES": "true"}

    def run(*arguments: object) -> None:
        line = [sys.executable, "-m", "wholesaler", *map(str, arguments)]
        done = subprocess.run(line, env=surroundings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    try:
        for ago in reversed(range(_DAYS)):
            run("demo", "--as-of", date.today() - timedelta(days=ago))
        written = "".join(f"{name} = '{address}'\n" for name, address in links.items())
        text, replaced = re.subn(r"\[links\]\n(\w+ = .*\n)*", lambda _: f"[links]\n{written}", market.read_text())
        assert replaced == 1
        market.write_text(text)
        run("report", "--market", market, "--output", home / "report.html")
    finally:
        run("db", "stop")
    return home / "report.html"
