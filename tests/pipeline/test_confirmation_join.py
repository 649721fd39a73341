"""``markets validate --online``: the roll is asked for parcels in all the ways in which it may write them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.test_confirmation import confirmed, findings
from tests.servers import Reply, Request
from tests.servers.socrata import SocrataServer

ROLL = "rrrr-0001"
MARKET = """
key = "mill-oh"
name = "Mill County, Ohio"
state = "OH"
time_zone = "America/New_York"
bounding_box = { west = -82.4, south = 41.0, east = -81.9, north = 41.5 }
hosts."127.0.0.1" = { requests_per_second = 1000 }
[parcel]
example = "012345"
canonical = "{number}"
forms.plain = "{number}"
parts.number = { pattern = "[0-9]{1,6}", width = 6 }
[sources.parcels]
record = "property_records"
kind = "socrata"
url = "%s"
key = ["parcel"]
parcel_form = "plain"
fields = { parcel = "pin", owner_name = "owner" }
[sources.delinquent]
record = "distress_events"
kind = "file"
url = "delinquent.csv"
key = ["parcel"]
parcel_form = "plain"
fields = { parcel = "ACCOUNT", signal = { const = "tax_delinquency" } }
"""


def join(
    home: Path,
    write: Callable[[int], str],
    listed: list[str],
    code: int,
    change: tuple[str, str] = ("", ""),
    faults: list[Any] | None = None,
) -> dict[str, Any]:
    """What is said of a list on a roll of 1,200 parcels, of which 500 are read at either end; ``write`` writes one."""
    rows = [{"pin": write(number), "owner": "MILLER RUTH"} for number in range(10_000, 11_200)]
    (home / "delinquent.csv").write_text("\n".join(["ACCOUNT", *listed]), "utf-8")
    with SocrataServer() as portal:
        url = portal.add_dataset(ROLL, {"pin": "text", "owner": "text"}, rows, faults=faults or [])
        market = home / "mine.toml"
        market.write_text((MARKET % url).replace(*change) if change[0] else MARKET % url, "utf-8")
        return confirmed(market, code)["delinquent"]


def with_zeros(number: int) -> str:
    return f"{number:06d}"


WIDER = ('"[0-9]{1,6}", width = 6', '"[0-9]{1,8}", width = 8')
LISTED = ["10600", "010601", "10602", "999999"]


@pytest.mark.parametrize("write", [with_zeros, str])
def test_padded_numbers_are_asked_for_with_and_without_their_zeros(home: Path, write: Callable[[int], str]) -> None:
    found = join(home, write, LISTED, 0)
    assert found["join"] == {"asked": 4, "found": 3, "least": False, "why": None, "rate": 0.75}


def test_that_few_of_them_are_on_such_a_roll_is_a_warning(home: Path) -> None:
    found = join(home, with_zeros, ["10600", "999998", "999999"], 3)
    assert [(kind, message) for kind, message, _ in findings(found)] == [
        ("join", "delinquent: 1 of 3 parcels are on the appraiser's roll, at least 50% expected.")
    ]


@pytest.mark.parametrize(("others", "told"), [(10, True), (11, False)])
def test_of_a_roll_that_has_lost_some_zeros_nobody_knows_what_else_it_has(home: Path, others: int, told: bool) -> None:
    found = join(home, lambda number: f"{number:0{7 if number < 10_000 + others else 8}d}", ["999999"], 3 * told, WIDER)
    assert found["join"]["least"] is not told
    if not told:
        assert found["join"]["why"] == "parcels has numbers with some of their zeros, which cannot be asked for"


def test_a_list_with_other_characters_cannot_be_asked_for(home: Path) -> None:
    ignored = ('key = ["parcel"]\nparcel_form = "plain"\nfields = { parcel = "pin"',)
    change = (ignored[0], ignored[0].replace("fields", 'parcel_ignore = "-"\nfields'))
    found = join(home, with_zeros, LISTED, 0, change)
    assert found["join"]["least"] is True
    assert found["join"]["why"] == "parcels cannot be asked for single parcels, and is too long to be read here"


def test_a_server_that_cannot_search_is_asked_for_nothing_more(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOLESALER_HTTP_RETRIES", "0")
    monkeypatch.setenv("WHOLESALER_HTTP_RETRY_WAIT", "0")

    def refuse(request: Request) -> Reply | None:
        return Reply({"message": "no search"}, 400) if " IN " in request.params.get("$where", "") else None

    found = join(home, with_zeros, LISTED, 0, faults=[refuse] * 9)
    assert found["join"]["least"] is True
