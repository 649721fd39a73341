"""Exports: what is noted as sent and what only looked at, what is a change for whom, and what is left out."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.leads.test_export import CLI, SMITH, exported
from tests.leads.world import World
from tests.stages.check.rows import MARKET, Rows


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine, Rows(engine))


def test_a_preview_takes_nothing_from_the_next_file(cli: CLI, world: World) -> None:
    for number in (1, 2):
        world.lead(f"{number} ELM ST", SMITH)
    looked = cli("leads", "export", "--for", "mail", "--preview", "--output", "look.csv")
    assert looked.out == "look.csv: 1 row of 2 leads of Orange County, Florida, a preview, not noted as sent.\n"
    assert not cli("leads", "export", "--for", "mail", "--preview", "--json").document["noted"]
    assert world.rows.execute("SELECT count(*) FROM lead_exports") == 0
    sent = cli("leads", "export", "--for", "mail", "--output", "sent.csv")
    assert sent.out.endswith(", noted as sent to mail; --since-last-export counts from it.\n")
    world.lead("3 ELM ST", {**SMITH, "owner_key": "JONES|x"})
    for name in ("look", "send", "none"):
        options = ["--preview"] if name == "look" else []
        outcome = cli("leads", "export", "--for", "mail", "--since-last-export", *options, "--output", f"{name}-2.csv")
        assert (outcome.code, f": {int(name != 'none')} new, 0 changed" in outcome.out) == (0, True), outcome.out


def test_what_was_told_is_each_recipients_and_each_markets_own_and_follows_a_merge(cli: CLI, world: World) -> None:
    rows, other = world.rows, Rows(world.engine, "other-county")
    theirs = other.property("292228000000555")
    other.insert("exported_leads", recipient="plain", property_id=theirs, facts={}, exported_at="2020-01-01")
    other.insert("lead_exports", recipient="plain", as_of="2020-01-01", leads=1, exported_at="2020-01-01")
    for number in range(1, 6):
        world.lead(f"{number} ELM ST", SMITH, tax_sale_date=f"2026-01-0{number}")
    world.lead("9 ELM ST", SMITH, tier="A")
    assert len(exported(cli, "--to", "partner")) == 6
    assert len(exported(cli, "--tier", "B")) == 5
    last = rows.execute("SELECT exported_at FROM lead_exports WHERE market = :market AND recipient = 'plain'")
    world.lead("6 ELM ST", SMITH, tax_sale_date="2026-01-05")
    for number in (7, 8):
        world.lead(f"{number} ELM ST", SMITH)
    # the one that stands was told of before or after the other, instead of it, or neither was
    for loser, winner in ((1, 2), (4, 3), (5, 6), (7, 8)):
        ids = {"loser": world.ids[f"{loser} ELM ST"], "winner": world.ids[f"{winner} ELM ST"]}
        rows.execute("UPDATE properties SET merged_into = :winner, is_active = false WHERE id = :loser", **ids)
        rows.execute("DELETE FROM lead_scores WHERE property_id = :loser", **ids)
    outcome = cli("leads", "export", "--since-last-export", "--output", "since.csv", "--json")
    document = outcome.document
    assert {name: document[name] for name in ("rows", "new", "changed", "gone")} == {
        "rows": 2, "new": 2, "changed": 0, "gone": 0,
    }  # fmt: skip
    assert datetime.fromisoformat(document["since"]) == last
    counted = "SELECT count(*) FROM exported_leads WHERE market = :which AND recipient = :recipient"
    for which, recipient, number in ((MARKET, "plain", 5), (MARKET, "partner", 6), ("other-county", "plain", 1)):
        assert rows.execute(counted, which=which, recipient=recipient) == number


def test_a_file_says_for_which_day_each_source_was_read_last(cli: CLI, world: World) -> None:
    world.lead("1 ELM ST", SMITH)
    for source, day, status in (
        ("tax_sales", 12, "partial"), ("tax_sales", 10, "success"), ("tax_sales", 15, "failure"),
        ("foreclosures", 11, "skipped"), (None, 16, "success"), ("no source of ours", 16, "success"),
    ):  # fmt: skip
        world.rows.run("ingest", source, status, as_of=f"2025-11-{day}")
    world.rows.run("enrich", "tax_sales", as_of="2025-11-16")
    Rows(world.engine, "other-county").run("ingest", "tax_sales", as_of="2025-11-17")
    (row,) = exported(cli)
    assert row["sources_as_of"] == "foreclosures 2025-11-11; tax_sales 2025-11-12"


@pytest.mark.parametrize(("options", "is_change"), [
    (["--for", "mail"], False), (["--for", "skiptrace"], False), (["--for", "plain", "--per-owner"], False),
    (["--for", "plain"], True), (["--for", "crm"], True),
])  # fmt: skip
def test_ones_own_steps_are_a_change_for_who_works_with_them(
    cli: CLI, world: World, options: list[str], is_change: bool
) -> None:
    lead = world.lead("1 ELM ST", SMITH)
    assert len(exported(cli, *options)) == 1
    assert cli("leads", "set", lead, "contacted", "--next", "tomorrow").code == 0
    assert len(exported(cli, *options, "--since-last-export")) == is_change
    # all that was told is kept, for a change of another kind and for who is told of steps
    world.rows.execute("UPDATE lead_scores SET tier = 'A' WHERE property_id = :id", id=world.ids["1 ELM ST"])
    (row,) = exported(cli, *options, "--since-last-export")
    assert {row.get("what_changed"), row.get("WhatChanged")} == {None, "tier B → A"}
    assert world.rows.execute("SELECT facts ->> 'status' FROM exported_leads") == "contacted"


def test_what_is_left_out_of_a_file_is_said(cli: CLI, world: World) -> None:
    world.lead("1 ELM ST", {"owner_name": "NOBODY NED", "owner_class": "person"})
    outcome = cli("leads", "export", "--for", "mail", "--since-last-export", "--output", "letters.csv")
    assert outcome.out.splitlines()[-1] == (
        "1 lead left out for want of a mailing address or its city or an owner's name, until the county says it; "
        "a file --for plain has them all."
    )
    (row,) = exported(cli)
    assert (row["lead_id"], row["mailing_address"]) == (f"{MARKET}:{world.number('1 ELM ST')}", "")


def test_the_ending_of_the_file_is_a_format_or_none(cli: CLI, world: World) -> None:
    world.lead("1 ELM ST", SMITH)
    outcome = cli("leads", "export", "--for", "mail", "--output", "letters.pdf")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert "--output: pdf is none of csv, xlsx, geojson, ics. Name a file of one of these" in outcome.err
    assert not Path("letters.pdf").exists()
    for name, options in (("letters", []), ("letters.XLSX", []), ("letters.txt", ["--format", "csv"])):
        assert cli("leads", "export", *options, "--output", name).code == 0
    assert Path("letters.XLSX").read_bytes().startswith(b"PK")
    assert Path("letters").read_bytes().startswith(b"\xef\xbb\xbf")
