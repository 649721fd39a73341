"""What a report knows, and what it must not know."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.stages.check.rows import AS_OF, DOWNTOWN, MARKET, Rows
from wholesaler.db.sql import statement
from wholesaler.documents import to_json
from wholesaler.leads.report.document import MOST_RECORDS, read_document
from wholesaler.markets import load_market
from wholesaler.scoring.profile import load_profile
from wholesaler.scoring.stored import keep_profile

DAY = date.fromisoformat(AS_OF)
OWNER, MAIL, BORROWER = "DOE JANE Q", "88 LAKE AVE", "DOE JOHN"
Read = Callable[..., dict[str, Any]]


@pytest.fixture
def rows(engine: Engine) -> Rows:
    """Rows of the market, beside another one with a lead, which was one the day before too."""
    other = Rows(engine, "other-county")
    other.lead(other.property("292228000000555", address="THEIRS"), total_score=99, tier="A")
    with engine.begin() as connection:
        keep_profile(connection, MARKET, load_profile("v1"), DAY)
    return Rows(engine)


@pytest.fixture
def read(engine: Engine) -> Read:
    """The report as it stands in the page."""
    market = load_market("orange-fl")

    def read(*, names: bool = False, **other: Any) -> dict[str, Any]:
        with engine.connect() as connection:
            found = read_document(connection, market, DAY, names=names, **other)
        known: dict[str, Any] = json.loads(to_json(found))
        assert "THEIRS" not in str(known)
        return known

    return read


def snapshot(
    rows: Rows, property_id: int, days_ago: int, score: float = 60, tier: str | None = "B", **other: Any
) -> None:
    known = {"components": {"distress": 60, "value": 60}, "profile": "v1"}
    day = DAY - timedelta(days=days_ago)
    rows.insert(
        "lead_score_history",
        property_id=property_id,
        snapshot_date=day,
        total_score=score,
        tier=tier,
        **(known | other),
    )


def lead(rows: Rows, **values: Any) -> tuple[str, int]:
    """A lead of somebody."""
    parcel_id, number = rows.tax_sale_property()
    rows.describe(parcel_id, owner_name=OWNER, mail_address=MAIL, mail_city="ERIE", mail_state="PA", mail_zip="16501")
    rows.lead(number, **values)
    return parcel_id, number


def test_nothing_was_scored_yet(read: Read) -> None:
    found = read()
    assert (found["day"], found["before"], found["leads"], found["total"], found["gone"]) == (AS_OF, None, [], 0, [])


def test_a_lead_has_all_that_a_person_decides_by(rows: Rows, read: Read) -> None:
    parcel_id, _ = lead(
        rows, total_score=70.25, tier="A", is_new=True, tax_sale_date=date(2025, 12, 10), tax_sale_days=20, arv=310_000,
        repairs=45_000, mao=157_000, total_mkt=263_500, living_area=1_200, owner_class="person",
        mail_differs="out_of_state",
    )  # fmt: skip
    (found,) = read()["leads"]
    assert (found["parcel"], found["address"], found["tier"], found["score"]) == (parcel_id, "1 ELM ST", "A", 70.25)
    assert (found["at"], found["new"]) == ([DOWNTOWN[1], DOWNTOWN[0]], True)
    assert found["dates"] == [["tax_sale", "2025-12-10"]]
    assert found["deal"] == {"arv": 310_000, "repairs": 45_000, "mao": 157_000, "debt": None, "spread": None}
    assert found["facts"] == {"total_mkt": 263_500, "living_area": 1_200}
    assert found["owner"] == {"class": "person", "mail": "out_of_state"}
    urgent = ["urgency", 50, "Tax deed sale on 10 Dec 2025, in 20 days"]
    assert urgent in found["rules"]
    (record,) = found["records"]
    assert (record["kind"], record["facts"]["sale_date"]) == ("tax_sales", "2025-12-10")
    assert found["history"] == [[0, 0, 60]]


def test_the_best_come_first_and_no_more_than_that(rows: Rows, read: Read) -> None:
    parcels = [lead(rows, total_score=score, tier="B")[0] for score in (50, 70, 60)]
    lead(rows, total_score=90, tier=None, excluded="bank")
    found = read(most=2)
    assert [one["parcel"] for one in found["leads"]] == [parcels[1], parcels[2]]
    assert (found["total"], found["tiers"]["B"]) == (3, 3)


def test_names_addresses_and_notes_are_there_where_allowed_and_nowhere_else(rows: Rows, read: Read) -> None:
    parcel_id, number = lead(rows)
    rows.record("foreclosures", parcel_id, number, borrower_name=BORROWER, case_number="2025-CA-1")
    rows.record("code_violations", parcel_id, number, description="Mrs. DOE did not open", case_type="Lot")
    rows.insert("lead_status_events", property_id=number, status="contacted", note="JANE wants cash", amount=90_000)
    hidden, shown = str(read()), read(names=True)["leads"][0]
    assert not any(text in hidden for text in (OWNER, MAIL, "ERIE", BORROWER, "JANE"))
    assert "contacted" in hidden
    assert shown["owner"] == {"name": OWNER, "address": [MAIL, "ERIE, PA 16501"]}
    assert shown["status"] == {"status": "contacted", "amount": 90_000, "note": "JANE wants cash"}
    assert [record["facts"].get("borrower_name") for record in shown["records"]] == [None, BORROWER, None]
    assert "did not open" not in str(shown)


@pytest.mark.parametrize("how", ["suppressed", "confidential", "dnc", "closed", "dead", "excluded"])
def test_what_nobody_works_on_is_not_in_it(rows: Rows, read: Read, how: str) -> None:
    kept, _ = lead(rows)
    parcel_id, number = lead(
        rows, signals=["tax_deed_sale"], **({"tier": None, "excluded": "bank"} if how == "excluded" else {})
    )
    gone, gone_number = rows.tax_sale_property()
    snapshot(rows, number, 1)
    snapshot(rows, gone_number, 1)
    for one, property_id in ((parcel_id, number), (gone, gone_number)):
        if how == "suppressed":
            rows.insert("suppressions", kind="parcel", value=one, reason="litigator", source="list.csv")
        elif how == "confidential":
            rows.describe(one, confidential=True)
        elif how != "excluded":
            rows.insert("lead_status_events", property_id=property_id, status=how, signals=["tax_deed_sale"])
    found = read(names=True)
    if how == "excluded":  # it was a lead and is none: that is news
        assert {one["parcel"] for one in found["gone"]} == {parcel_id, gone}
    else:
        assert found["gone"] == []
        assert parcel_id not in str(found)
    assert [one["parcel"] for one in found["leads"]] == [kept]
    assert found["total"] == 1


def test_a_dead_lead_that_came_back_says_so(rows: Rows, read: Read) -> None:
    _, number = lead(rows, signals=["tax_deed_sale", "lis_pendens"])
    rows.insert("lead_status_events", property_id=number, status="dead", signals=["tax_deed_sale"])
    (found,) = read()["leads"]
    assert found["back"] is True


def test_what_changed_since_the_day_scored_before(rows: Rows, read: Read) -> None:
    _, first = lead(rows)
    _, same = lead(rows)
    _, risen = lead(rows, total_score=70, tier="A", components={"distress": 80, "value": 60})
    _, back = lead(rows)
    gone, number = rows.tax_sale_property()
    for days_ago in (3, 5):
        snapshot(rows, same, days_ago)
        snapshot(rows, risen, days_ago)
    snapshot(rows, back, 3, tier=None, excluded="bank")
    snapshot(rows, number, 3, 66.5, "A")
    found = read()
    assert found["before"] == str(DAY - timedelta(days=3))
    assert found["days"] == [str(DAY - timedelta(days=ago)) for ago in (5, 3, 0)]
    changes = [one.get("change") for one in sorted(found["leads"], key=lambda one: one["parcel"])]
    assert changes == [
        {"first": True},
        {},
        {"tier": ["B", "A"], "score": [60, 70], "components": {"distress": [60, 80]}},
        {"first": True},
    ]
    assert (found["gone"], found["gone_total"]) == (
        [{"parcel": gone, "place": "1 ELM ST", "tier": "A", "score": 66.5}], 1,
    )  # fmt: skip
    assert first


def test_the_line_of_a_lead_is_its_spans_of_equal_scores(rows: Rows, read: Read) -> None:
    _, number = lead(rows)  # 60 on the day itself
    _, always = lead(rows)
    merged = rows.property(is_active=False, merged_into=number)
    for days_ago, score in ((6, 50), (5, 50), (3, 60), (2, 60), (1, 55)):
        snapshot(rows, number, days_ago, score)
    for days_ago in range(1, 8):
        snapshot(rows, always, days_ago)
    snapshot(rows, merged, 7, 40)
    snapshot(rows, merged, 6, 99)  # of two of one day the lead's own counts
    lines = {one["parcel"]: one["history"] for one in read()["leads"]}
    assert list(lines.values()) == [[[0, 0, 40], [1, 2, 50], [4, 5, 60], [6, 6, 55], [7, 7, 60]], [[0, 7, 60]]]


def test_the_days_of_a_report_are_the_newest_up_to_that_of_the_list(rows: Rows) -> None:
    lead = rows.property()
    rows.lead(lead, total_score=60)
    for days_ago in (-1, 1, 2, 4, 5):
        snapshot(rows, lead, days_ago)
    query = statement("wholesaler.leads.report", "document.sql", "days")
    with rows.connect() as connection:
        days = connection.scalars(query, {"market": MARKET, "day": DAY, "most": 3}).all()
    assert days == [DAY - timedelta(days=ago) for ago in (0, 1, 2)]


def test_what_was_merged_into_a_lead_is_its_past_and_not_gone(rows: Rows, read: Read) -> None:
    _, alone = lead(rows)
    snapshot(rows, rows.property(is_active=False, merged_into=alone), 1, 40, "C")
    snapshot(rows, rows.property(is_active=False, merged_into=rows.property()), 1, 77)
    (found,) = read()["leads"]
    assert (found["history"], found["change"]) == ([[0, 0, 40], [1, 1, 60]], {"tier": ["C", "B"], "score": [40, 60]})
    assert read()["gone"] == []
    snapshot(rows, alone, 1, 55)  # of two of one day the lead's own counts
    gone = [rows.tax_sale_property() for _ in range(4)]
    for (_, number), score, tier in zip(gone, (50, 70, 50, 90), ("B", "B", "B", None), strict=True):
        snapshot(rows, number, 1, score, tier)
    found = read()
    assert found["leads"][0]["change"] == {"score": [55, 60]}
    assert [one["parcel"] for one in found["gone"]] == [gone[place][0] for place in (1, 0, 2)]
    assert found["gone_total"] == 3


def test_of_many_records_of_a_kind_the_newest_are_shown_and_all_are_counted(rows: Rows, read: Read) -> None:
    parcel_id, number = lead(rows)
    for day in range(1, MOST_RECORDS + 3):
        rows.record("code_violations", parcel_id, number, opened_date=date(2025, 10, day), case_number=f"C{day}")
    rows.record("code_violations", parcel_id, number, status="Closed", case_number="closed")
    rows.record("code_violations", parcel_id, number, is_active=False, case_number="gone")
    records = [one for one in read()["leads"][0]["records"] if one["kind"] == "code_violations"]
    assert [one["facts"]["case_number"] for one in records] == [f"C{day}" for day in range(MOST_RECORDS + 2, 2, -1)]
    assert {one["total"] for one in records} == {MOST_RECORDS + 2}


def test_links_are_the_market_files_without_those_that_ask_for_what_is_unknown(rows: Rows, engine: Engine) -> None:
    market = load_market("orange-fl").model_copy(
        update={
            "links": {
                "parcel": "https://parcels.example/{parcel:str-dashed}",
                "map": "https://map.example/?at={latitude},{longitude}",
                "case": "https://court.example/{case_number}",
            }
        }
    )
    parcel_id, number = lead(rows)
    with engine.connect() as connection:
        (found,) = read_document(connection, market, DAY, names=False)["leads"]
    assert list(found["links"]) == ["parcel", "map"]
    assert found["links"]["map"] == "https://map.example/?at=28.538000,-81.379000"
    rows.record("foreclosures", parcel_id, number, case_number="2025 CA/1")
    with engine.connect() as connection:
        (found,) = read_document(connection, market, DAY, names=False)["leads"]
    assert found["links"]["case"] == "https://court.example/2025%20CA%2F1"
