"""``make screenshots``: the report of the invented county, on a phone and at a desk, into docs/."""

import sys
import tempfile
from pathlib import Path

from tests.browser.driver import browser_program, open_browser
from tests.browser.sample import sample_report

DOCS = Path(__file__).parents[2] / "docs"
LINKS = {
    "parcel": "https://appraiser.example.org/parcel/{parcel}",
    "map": "https://map.example.org/?at={latitude},{longitude}",
    "street_view": "https://streets.example.org/?at={latitude},{longitude}",
}
#: widths and heights, by name
SIZES = {"desk": (1280, 900), "phone": (390, 844)}


def main() -> None:
    """Make them."""
    if browser_program() is None:
        sys.exit("There is no Chromium with its driver here: apt-get install chromium chromium-driver")
    with tempfile.TemporaryDirectory() as folder, open_browser(Path(folder)) as browser:
        Path(folder).chmod(0o755)  # the account of the private database passes through
        browser.open(sample_report(Path(folder) / "home", LINKS))
        for name, (width, height) in SIZES.items():
            browser.resize(width, height)
            browser.run("location.reload()")
            browser.wait("return performance.getEntriesByName('ready').length")
            browser.screenshot(DOCS / f"report-{name}.png")
            browser.click("#rows .open")
            browser.screenshot(DOCS / f"report-lead-{name}.png")
            browser.click("#sheet .close")


if __name__ == "__main__":
    main()
