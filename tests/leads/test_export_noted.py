"""Exports: what is noted as sent and what only looked at, what is a change for whom, and what is left out."""

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
