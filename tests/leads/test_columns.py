"""The columns of exports, one by one: of whom, of where and of what each of them is."""

from typing import Any

import pytest

from wholesaler.leads.columns import MADE, MAIL, NAMES, Known, is_text, needed, needs_contacts, needs_lines
from wholesaler.leads.contacts import Contacts
from wholesaler.leads.postal import Line
from wholesaler.leads.told import find_change

COUPLE = ("SMITH JOHN A JR & JONES MARY B", "person", None)
ACME = ("ACME HOMES LLC", "company", None)
BOSTON = ("77 Oak Avenue", "Suite 5", "Boston", "MA", "2108", None)
LINES = Known({"77 OAK AVENUE SUITE 5": Line("77 OAK AVE", "STE 5")})


def made(name: str, values: Any, known: Known = LINES) -> Any:
    """A column of these values, which are those that it needs."""
    return MADE[name].columns[name](MADE[name].make(known, values))


@pytest.mark.parametrize(
    ("owner", "columns"),
    [
        (COUPLE, {"first_name": "JOHN A", "last_name": "SMITH", "suffix": "JR", "owner_1_name": "JOHN A SMITH JR",
                  "owner_1_last_name": "SMITH", "owner_2_first_name": "MARY B", "owner_2_last_name": "JONES",
                  "owner_2_name": "MARY B JONES", "company": "", "owner_kind": "couple"}),
        (("SMITH JOHN", "person", None), {"first_name": "JOHN", "owner_2_name": "", "owner_2_last_name": ""}),
        (ACME, {"first_name": "", "last_name": "", "owner_1_name": ACME[0], "owner_1_last_name": ACME[0],
                "company": ACME[0], "owner_2_name": "", "addressee": ACME[0]}),
    ],
)  # fmt: skip
def test_owners_have_their_names_each(owner: tuple[Any, ...], columns: dict[str, str]) -> None:
    assert {name: made(name, owner) for name in columns} == columns


def test_where_the_mail_goes_and_to_whom() -> None:
    columns = {
        "mail_line": "77 OAK AVE STE 5", "mail_street": "77 OAK AVE", "mail_unit": "STE 5", "mail_to_city": "BOSTON",
        "mail_to_state": "MA", "mail_to_zip": "02108", "mail_to_country": "US", "mail_last_line": "BOSTON MA 02108",
    }  # fmt: skip
    assert {name: made(name, BOSTON) for name in columns} == columns
    assert made("mail_to_country", ("12 RUE X", None, "PARIS", None, "75001", "FRANCE")) == "FRANCE"
    assert {made(name, (None,) * len(MAIL)) for name in columns} == {""}
    elsewhere = ("C/O ROE ANN", *BOSTON[1:])
    for owner, mail, care_of in (
        (("SMITH JOHN C/O DOE JANE", *COUPLE[1:]), elsewhere, "DOE JANE"), (COUPLE, elsewhere, "ROE ANN"),
        (COUPLE, BOSTON, ""),
    ):  # fmt: skip
        assert made("care_of", (*owner, *mail)) == care_of
    assert made("situs_unit", "77 OAK AVENUE SUITE 5") == "STE 5"
    assert made("situs_line", None) == ""


@pytest.mark.parametrize(
    ("homestead", "mail_differs", "is_occupied"),
    [(True, "in_state", True), (False, "same", True), (None, "same", True), (False, "in_county", False),
     (None, "out_of_state", False), (False, None, None), (None, None, None)],
)  # fmt: skip
def test_who_lives_there(homestead: bool | None, mail_differs: str | None, is_occupied: bool | None) -> None:
    assert made("owner_occupied", (homestead, mail_differs)) is is_occupied


def test_what_is_made_of_a_number_or_of_signals() -> None:
    assert [made("lot_square_feet", acres) for acres in (None, 0, 10)] == [None, 0, 435_600]
    assert [made("vacant", signals) for signals in ("lien; vacancy", "lien")] == [True, False]
    assert [made("tax_delinquent", signals) for signals in ("lien; tax_lien", "vacancy")] == [True, False]


def test_telephones_and_emails_have_columns_up_to_a_number_of_them() -> None:
    parts = {"phone_1", "phone_5", "phone_type_1", "phone_status_5", "phone_tag_2", "email_1", "email_3", "result"}
    assert parts <= set(NAMES)
    assert set(NAMES).isdisjoint({"phone_0", "phone_6", "email_0", "email_4", "phone_type_6", "property_id"})
    value = ("value", "label", "state", "tag")
    rows = [dict.fromkeys(value, f"{place}") for place in range(6)]
    known = Known(contacts={7: Contacts({"telephone": rows, "email": rows, "result": rows[:2]})})
    for name, expected in (
        ("phone_1", "0"), ("phone_5", "4"), ("phone_type_2", "1"), ("email_1", "0"), ("email_3", "2"), ("result", "0"),
    ):  # fmt: skip
        assert made(name, 7, known) == expected, name
        assert made(name, 8, known) is None


def test_what_is_a_text_and_what_is_to_be_read_for_it() -> None:
    texts = ("address", "homestead", "signals", "events", "first_name", "phone_1", "county", "lead_ids")
    assert [name for name in texts if not is_text(name)] == []
    assert not any(map(is_text, ("score", "lot_square_feet", "parcels", "value", "tax_sale_date")))
    assert needed(["score", "first_name", "last_name"]) == ["total_score", "owner_name", "owner_class", "co_owner_name"]
    assert [needs_lines(["tier", "mail_unit"], kind) for kind in ("mail", "situs")] == [True, False]
    assert [needs_contacts([name, "tier"]) for name in ("email_2", "reasons", "address")] == [True, False, False]


def test_what_has_changed_is_told_in_words() -> None:
    facts = {"tier": "B", "auction_date": None, "signals": ["lien", "vacancy"], "mail": "x", "status": "open"}
    assert find_change(None, facts) == ("new", [])
    assert find_change(facts, facts) == ("changed", [])
    before = {"tier": None, "auction_date": "2026-01-02", "signals": ["code", "vacancy"], "mail": "y", "status": "open"}
    assert find_change(before, facts) == ("changed", [
        "tier none → B", "auction 2026-01-02 → none", "new signal lien", "ended signal code", "mailing address",
    ])  # fmt: skip
    assert find_change({**facts, "signals": None}, facts)[1] == ["new signal lien", "new signal vacancy"]
    assert find_change(facts, {**facts, "signals": None})[1] == ["ended signal lien", "ended signal vacancy"]
