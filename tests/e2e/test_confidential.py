"""A parcel that the roll calls confidential leaves no trace outside the database, whatever is asked for."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.servers.geocoder import GeocoderServer
from tests.servers.slack import SlackSink
from tests.servers.smtp import SmtpSink
from tests.stages.county import AS_OF, County, Database, dashed, parcel
from tests.support import Outcome

CLI = Callable[..., Outcome]
#: what nobody may see: number, address, owner, borrower, lender's case, plaintiff's words
HIDDEN = {
    "number": parcel(1),
    "published number": dashed(parcel(1)),
    "address": "7713 HIDDEN HOLLOW",
    "owner": "UMBRAGE QUINTESSA",
    "co-owner": "UMBRAGE BALTHAZAR",
    "borrower": "UMBRAGE Q",
    "violation": "HOLLOW WEEDS",
}
SHOWN = "4 PLAIN VIEW"
#: how the roll says so, before and after its sources are merged
FLAGS = {
    "merged": (
        "INSERT INTO parcels (market, parcel_id, is_listed, confidential) VALUES ('orange-fl', :parcel, true, true)"
        " ON CONFLICT (market, parcel_id) DO UPDATE SET confidential = true"
    ),
    "source": "UPDATE property_records SET confidential = true WHERE parcel_id = :parcel",
}


@pytest.fixture
def market(home: Path) -> Path:
    """Two parcels with everything that makes a lead of tier A; the first sale's number stands twice on the list."""
    county = County(home)
    for number, address in ((1, "7713 HIDDEN HOLLOW LN"), (2, f"{SHOWN} LN")):
        name = HIDDEN["owner"] if number == 1 else "MAPLE DANA"
        county.sale(parcel(number), number=f"2023-{number}", point=None)
        county.foreclosure(parcel(number), address, auction=AS_OF.replace(day=20), BORROWERS_NAME="UMBRAGE Q & W")
        county.violation(parcel(number), None, address=address, case_type="HOLLOW WEEDS")
        county.roll(
            parcel(number), address, None, total_mkt=300_000, total_assd=150_000, taxes=1000.0, living_area=2000,
            year_built=1990, NAME1=name, NAME2=HIDDEN["co-owner"] if number == 1 else None,
        )  # fmt: skip
    county.records["foreclosures"][1]["attributes"]["BORROWERS_NAME"] = "MAPLE D"
    county.records["code_violations"][1]["case_type"] = "LOT"
    county.sale(parcel(1), number="2023-1", status="Lands Available")
    return county.write()


@pytest.fixture
def slack(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackSink]:
    with SlackSink() as sink:
        monkeypatch.setenv("ALERT_SLACK_WEBHOOK", sink.url)
        monkeypatch.setenv("ALERT_SHOW_NAMES", "true")
        yield sink


@pytest.fixture
def smtp(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpSink]:
    with SmtpSink(security="plain") as sink:
        for name, value in {
            "ALERT_EMAIL": "ann@example.org",
            "SMTP_HOST": sink.host,
            "SMTP_PORT": str(sink.port),
            "SMTP_FROM_EMAIL": "alerts@example.org",
            "SMTP_USE_TLS": "false",
        }.items():
            monkeypatch.setenv(name, value)
        yield sink


@pytest.fixture
def geocoder(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> Iterator[GeocoderServer]:
    with GeocoderServer() as server:
        monkeypatch.setenv("WHOLESALER_GEOCODER_URL", server.address)
        monkeypatch.setenv("WHOLESALER_GEOCODER_ENABLED", "true")
        yield server


def mails(sink: SmtpSink) -> str:
    """Text, HTML and attachments of all mails."""
    parts = [part for message in sink.messages for part in message.walk() if not part.is_multipart()]
    return "\n".join(part.get_payload(decode=True).decode("utf-8-sig") for part in parts)


def assert_hidden(seen: dict[str, str]) -> None:
    traces = [(where, what) for where, text in seen.items() for what, mark in HIDDEN.items() if mark in text]
    assert traces == []


@pytest.mark.parametrize("flag", FLAGS)
def test_nothing_of_a_confidential_parcel_leaves_the_database(
    cli: CLI, market: Path, home: Path, engine: Engine, slack: SlackSink, smtp: SmtpSink, geocoder: GeocoderServer,
    flag: str,
) -> None:  # fmt: skip
    database = Database(engine)
    seen: dict[str, str] = {}

    def call(*arguments: object, day: bool = True) -> Outcome:
        for form in ((), ("--json",)):
            outcome = cli("--market", market, "--verbose", *(("--as-of", AS_OF) if day else ()), *arguments, *form)
            seen[" ".join(map(str, (*arguments, *form)))] = outcome.out + outcome.err
        return outcome

    call("ingest")
    database.execute(FLAGS[flag], parcel=parcel(1))
    for stage in ("enrich", "dedupe", "score"):
        assert call(stage).code == 0
    # something for a check to find, with an example
    database.execute("UPDATE tax_sales SET property_id = NULL")
    for command in (
        ["alert", "--dry-run"],
        ["alert"],
        ["check"],
        ["stats"],
        ["leads", "list"],
        ["leads", "list", "--new"],
    ):
        call(*command)
    call("runs")
    call("rejects", "list", day=False)
    call("leads", "show", parcel(2))
    for command in (["add", parcel(1), "--with-owner"], ["list"]):
        call("leads", "suppress", *command, day=False)
    call("leads", "list", "--city", "Nowhere")
    seen |= {"slack": slack.text, "mail": mails(smtp), "geocoder": str(geocoder.batches)}
    seen |= {path.name: path.read_text() for path in (home / "reports").iterdir()}
    assert_hidden(seen)

    # the other parcel is everywhere, so that something was there to see
    told = (
        "slack",
        "mail",
        "geocoder",
        "leads list",
        "leads list --json",
        "leads list --new",
        "leads show " + parcel(2),
    )
    assert [where for where in told if SHOWN not in seen[where]] == []
    assert parcel(2) in seen["check --json"]
    assert "of a confidential parcel" in seen["rejects list"]
    assert json.loads(cli("--market", market, "leads", "list", "--json").out)["total"] == 1

    for number in (parcel(1), dashed(parcel(1))):
        outcome = cli("--market", market, "leads", "show", number)
        assert (outcome.code, outcome.out) == (1, "")
        assert "confidential" in outcome.last_word
        rest = outcome.last_word.replace(number, "")
        assert not [mark for mark in HIDDEN.values() if mark in rest]


def test_what_has_become_confidential_since_is_not_shown_before_it_is_scored_again(
    cli: CLI, market: Path, engine: Engine
) -> None:
    database = Database(engine)
    for stage in ("ingest", "enrich", "dedupe", "score"):
        cli("--market", market, "--as-of", AS_OF, stage)
    listed = cli("--market", market, "leads", "list", "--json")
    assert parcel(1) in listed.out
    assert listed.document["total"] == 2
    before = database.column("SELECT count(*) FROM alert_deliveries")
    database.execute(FLAGS["merged"], parcel=parcel(1))
    listed = cli("--market", market, "leads", "list", "--json")
    assert parcel(1) not in listed.out
    assert listed.document["total"] == 1
    assert cli("--market", market, "leads", "show", parcel(1)).code == 1
    assert cli("--market", market, "--as-of", AS_OF, "alert", "--json").document["stats"]["sent"] == {"report": 1}
    # what was to be announced of it is gone with the next score, and it is not counted any more
    scored = cli("--market", market, "--as-of", AS_OF, "score", "--json").document["stats"]
    assert scored["total_leads"] == 1
    assert database.column("SELECT count(*) FROM alert_deliveries") == [before[0] - 1]
    assert cli("--market", market, "stats", "--json").document["total_leads"] == 1


MARKS = """
[sources.{name}]
record = "property_records"
kind = "file"
url = "marks.csv"
key = ["parcel"]
parcel_form = "rts"
fields = {{ parcel = "PARCEL"{mark} }}
"""


def test_what_was_confidential_stays_so_whatever_becomes_of_the_source_that_said_it(
    cli: CLI, market: Path, home: Path
) -> None:
    plain = market.read_text()
    marked = plain + MARKS.format(name="marks", mark=', confidential = "MARK"')
    day = 0

    def night(text: str, marks: dict[int, str]) -> str:
        """What there is to see after another night."""
        nonlocal day
        day += 1
        lines = [f"{parcel(number)},{word}\n" for number, word in marks.items()]
        (home / "marks.csv").write_text("PARCEL,MARK\n" + "".join(lines))
        market.write_text(text)
        as_of = ("--as-of", AS_OF + timedelta(days=day))
        assert cli("--market", market, *as_of, "run-all", "--only", "ingest", "--only", "score").code in {0, 3}
        sheet = cli("--market", market, "leads", "show", parcel(1))
        return cli("--market", market, "leads", "list").out + sheet.out + sheet.err

    assert parcel(1) in night(plain, {}), "nobody has said so yet"
    assert "confidential" in night(marked, {1: "Y", 2: ""})
    # the source has the parcel no more, is not asked for it, is no more
    for text in (marked, plain + MARKS.format(name="marks", mark=', owner_name = "MARK"'), plain):
        seen = night(text, {2: ""})
        assert SHOWN in seen
        assert "confidential" in seen
        assert HIDDEN["address"] not in seen
    assert HIDDEN["address"] in night(plain + MARKS.format(name="others", mark=', confidential = "MARK"'), {1: ""})


def test_a_parcel_that_is_merged_with_a_confidential_one_is_hidden_too(cli: CLI, market: Path, engine: Engine) -> None:
    database = Database(engine)
    for stage in ("ingest", "enrich", "dedupe", "score"):
        cli("--market", market, "--as-of", AS_OF, stage)
    database.execute(FLAGS["merged"], parcel="merged away")
    insert = (
        "INSERT INTO properties (market, parcel_id, is_active, merged_into)"
        " SELECT market, 'merged away', false, id FROM properties WHERE parcel_id = :parcel"
    )
    database.execute(insert, parcel=parcel(1))
    assert parcel(1) not in cli("--market", market, "leads", "list", "--json").out
    hidden = database.column("SELECT property_id FROM confidential_properties ORDER BY 1")
    named = "SELECT id FROM properties WHERE parcel_id IN (:parcel, 'merged away') ORDER BY 1"
    assert hidden == database.column(named, parcel=parcel(1))


def test_a_rejected_record_that_says_it_is_confidential_is_kept_without_what_it_says(
    cli: CLI, home: Path, engine: Engine
) -> None:
    county = County(home).roll("none", f"{SHOWN} LN", NAME1="MAPLE DANA")
    county.roll("none", "7713 HIDDEN HOLLOW LN", NAME1=HIDDEN["owner"], ZONING_CODE="yes")
    county.sale(parcel(1))
    market = county.write()
    # a market file whose publisher says so in a field that the sample has
    market.write_text(market.read_text().replace('zoning_code = "ZONING_CODE"', 'confidential = "ZONING_CODE"'))
    assert cli("--market", market, "--as-of", AS_OF, "ingest", "--full").code in {0, 3, 69}
    rejects = cli("--market", market, "rejects", "list", "--json")
    assert {row["reason"] for row in rejects.document["rejects"]} > {"of a confidential parcel"}
    assert SHOWN in rejects.out
    assert_hidden({"rejects": rejects.out})
    stored = Database(engine).rows("SELECT raw, reason FROM rejected_records")
    assert_hidden({"stored": str(stored)})
