"""The report of the invented county as a person uses it: with mouse and keyboard, on a phone and at a desk."""

import base64
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.browser.driver import Browser, until
from tests.browser.sample import sample_report
from tests.leads.test_report_page import data
from tests.servers import FakeServer, Reply, Request
from tests.support import open_directory
from wholesaler.leads.report.page import render_page

pytestmark = pytest.mark.slow

WIDTHS = (390, 1280)
#: leads of which none is to be waited for, and the seconds that a person takes for at once, on a slow machine
MANY, PAUSE = 5_000, 3.0
READY = "return performance.getEntriesByName('ready').length"
_AXE = (Path(__file__).parent / "axe.min.js").read_text("utf-8")
#: a pixel, transparent
_TILE = base64.b64decode("R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==")


class Website(FakeServer):
    """What links and tiles lead to."""

    def answer(self, request: Request) -> Reply:
        if request.path.startswith("/tiles/"):
            return Reply(_TILE, headers={"Content-Type": "image/gif"})
        return Reply(b"<title>there</title>", headers={"Content-Type": "text/html"})

    def kind(self, request: Request) -> str:
        return request.path.split("/")[1]


@pytest.fixture(scope="module")
def website() -> Iterator[Website]:
    with Website() as website:
        yield website


@pytest.fixture(scope="module")
def page(website: Website) -> Iterator[Path]:
    """The report of the second day of the invented county."""
    home = open_directory()
    links = {"parcel": f"{website.url}/parcel/{{parcel}}", "map": f"{website.url}/map?at={{latitude}},{{longitude}}"}
    yield sample_report(home, links)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def leads(page: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data(page.read_text("utf-8"))["leads"]
    assert len(found) > 1_000
    return found


@pytest.fixture(params=WIDTHS)
def opened(browser: Browser, page: Path, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The report at both widths; nothing is said in the console, and nobody else is asked for anything."""
    browser.resize(request.param)
    browser.open(page)
    browser.wait(READY)
    if request.param < 720:
        browser.click("summary")
    yield browser
    assert browser.messages() == []
    assert {address.partition("#")[0] for address in browser.requests()} == {page.as_uri()}


def parcels(browser: Browser) -> list[str]:
    """The parcels of the rows, in their order."""
    found: list[str] = browser.run("return [...document.querySelectorAll('#rows tr')].map(row => row.dataset.parcel)")
    return found


def show_all(browser: Browser) -> list[str]:
    browser.run("while (!more.hidden) more.click()")
    return parcels(browser)


def audit(browser: Browser) -> list[str]:
    """What axe finds that is serious or worse."""
    browser.run(f"{_AXE}; window.axe = axe")
    script = "axe.run(document, {resultTypes: ['violations']}).then(found => arguments[0](found.violations))"
    found = browser.call("execute/async", {"script": script, "args": []})
    return [
        f"{one['impact']}: {one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def test_the_first_rows_are_the_best_leads_and_the_others_follow(opened: Browser, leads: list[dict[str, Any]]) -> None:
    expected = [lead["parcel"] for lead in leads]
    assert parcels(opened) == expected[:100]
    assert opened.text("#count") == f"All of {len(leads):,} leads."
    opened.run("more.scrollIntoView()")
    until(lambda: len(parcels(opened)) >= 200, "more rows come when the end of the table is near")
    assert parcels(opened)[:200] == expected[:200]
    assert show_all(opened) == expected


def test_the_page_is_no_wider_than_the_screen(opened: Browser) -> None:
    assert opened.run("return document.documentElement.scrollWidth <= window.innerWidth")
    opened.click("#rows .open")
    assert opened.run("return sheet.scrollWidth <= sheet.clientWidth")
    lines = "const at = document.createRange(); at.selectNodeContents(cell); return at.getClientRects().length"
    cells = "[...document.querySelectorAll('#sheet td.number')].filter(cell => cell.innerText)"
    assert opened.run(f"return new Set({cells}.map(cell => {{ {lines} }})).size") == 1  # no number is broken
    assert "REPORT_TILES_URL" in opened.text("#legend")


def test_each_filter_leaves_what_it_names(opened: Browser, leads: list[dict[str, Any]]) -> None:
    city = next(lead["city"] for lead in leads if lead["city"])
    asked = {
        ("#tier", "B"): lambda lead: lead["tier"] == "B",
        ("#signal", "tax_deed_sale"): lambda lead: "tax_deed_sale" in lead["signals"],
        ("#city", city): lambda lead: lead["city"] == city,
        ("#owner", "company"): lambda lead: lead["owner"].get("class") == "company",
        ("#status", "open"): lambda lead: "status" not in lead,
        ("#change", "new"): lambda lead: lead.get("new", False),
        ("#change", "first"): lambda lead: "first" in lead["change"],
        ("#change", "changed"): lambda lead: bool(lead["change"]),
    }
    for (select, value), holds in asked.items():
        opened.choose(select, value)
        expected = [lead["parcel"] for lead in leads if holds(lead)]
        assert show_all(opened) == expected, (select, value)
        assert opened.text("#count").startswith(f"{len(expected):,} of " if len(expected) < len(leads) else "All of ")
        opened.click("button[type=reset]")
        opened.wait(f"return count.textContent === 'All of {len(leads):,} leads.'")
    opened.choose("#tier", "A")
    opened.choose("#owner", "person")
    both = [one["parcel"] for one in leads if (one["tier"], one["owner"].get("class")) == ("A", "person")]
    assert show_all(opened) == both


def test_the_search_finds_addresses_parcels_owners_and_reasons(opened: Browser, leads: list[dict[str, Any]]) -> None:
    lead = next(one for one in leads if one["address"] and one["owner"].get("name"))
    for text in (lead["parcel"], f"{lead['address'].lower()} {lead['city'].lower()}", lead["owner"]["name"]):
        opened.run("search.value = ''")
        opened.type("#search", text)
        until(lambda: len(parcels(opened)) < 100, "the search has an effect")
        assert lead["parcel"] in parcels(opened)
    opened.run("search.value = ''")
    opened.type("#search", "no such thing anywhere")
    opened.wait("return rows.children.length === 0")
    assert opened.text("#count").startswith("0 of ")


def test_it_is_sorted_by_what_is_asked_for_and_the_unknown_comes_last(
    opened: Browser, leads: list[dict[str, Any]]
) -> None:
    def days(lead: dict[str, Any]) -> int | None:
        ahead = [(date.fromisoformat(day) - date.today()).days for _, day in lead.get("dates", [])]
        return min((left for left in ahead if left >= 0), default=None)

    values = {
        "days": (days, 1),
        "offer": (lambda lead: lead["deal"]["mao"], -1),
        "score": (lambda lead: lead["score"], -1),
    }
    by_parcel = {lead["parcel"]: lead for lead in leads}
    for order, (value, sign) in values.items():
        opened.choose("#sort", order)
        for direction in (sign, -sign):
            found = [value(by_parcel[parcel]) for parcel in show_all(opened)]
            known = [one for one in found if one is not None]
            assert found == sorted(known, key=lambda one: direction * one) + [None] * (len(found) - len(known))
            said = "ascending" if direction > 0 else "descending"
            assert opened.run("return document.querySelector('[aria-sort]').getAttribute('aria-sort')") == said
            opened.click(f"[data-order={order}]")


def test_the_sheet_of_a_lead_tells_everything(opened: Browser, leads: list[dict[str, Any]]) -> None:
    lead = leads[0]
    opened.click("#rows .open")
    text = opened.text("#sheet")
    assert f"score {lead['score']:.2f} · parcel {lead['parcel']}" in text
    assert all(re.sub(r"\s+", " ", rule[2]) in re.sub(r"\s+", " ", text) for rule in lead["rules"])
    for heading in ("Dates", "Owner", "Why", "Arithmetic of the score", "Deal estimate", "Property", "History"):
        assert heading in opened.texts("#sheet h3")
    rows = "[...document.querySelectorAll('#sheet table')][1].tBodies[0].rows"
    products = opened.run(f"return [...{rows}].map(row => Number(row.lastChild.innerText))")
    assert sum(products) == pytest.approx(lead["score"], abs=0.02)
    assert lead["owner"]["name"] in text
    assert "unpaid taxes, liens and mortgages come on top" in text
    assert opened.run("return document.querySelector('#sheet svg path').getAttribute('d')").startswith("M")
    assert opened.run("return location.hash") == f"#{lead['parcel']}"
    opened.click("#sheet .close")
    # a dialog says that it is closed after the click has returned
    assert opened.wait("return !sheet.open && location.hash === ''")


def test_the_days_left_are_counted_from_the_day_of_reading(opened: Browser, leads: list[dict[str, Any]]) -> None:
    lead = next(one for one in leads if one.get("dates"))
    opened.run("location.hash = arguments[0]", lead["parcel"])
    opened.wait("return sheet.open")
    left = (date.fromisoformat(lead["dates"][0][1]) - date.today()).days
    said = {0: "today", 1: "tomorrow"}.get(left, f"in {left} days" if left > 0 else "ago")
    assert said in opened.text("#sheet")


def test_by_keyboard_a_lead_is_found_opened_and_closed(opened: Browser, leads: list[dict[str, Any]]) -> None:
    opened.type("#search", leads[5]["parcel"])
    opened.wait("return rows.children.length === 1")
    opened.run("document.querySelector('[data-order=address]').focus()")
    for _ in range(10):
        opened.press("Tab")
        if opened.run("return document.activeElement.className") == "open":
            break
    opened.press("Enter")
    opened.wait("return sheet.open")
    assert opened.run("return sheet.contains(document.activeElement)")
    opened.press("Escape")
    opened.wait("return !sheet.open")
    assert opened.run("return document.activeElement.className") == "open"
    assert opened.run("return document.activeElement.closest('tr').dataset.parcel") == leads[5]["parcel"]


def test_axe_finds_nothing_serious(opened: Browser) -> None:
    assert audit(opened) == []
    opened.click("#rows .open")
    assert audit(opened) == []


def test_a_point_of_the_map_opens_its_lead(opened: Browser, leads: list[dict[str, Any]]) -> None:
    lead = next(one for one in leads if one.get("at"))
    opened.type("#search", lead["parcel"])
    opened.wait("return rows.children.length === 1")
    x, y = opened.run("const p = map.view.latLngToContainerPoint(arguments[0]); return [p.x, p.y]", lead["at"])
    script = "const r = document.getElementById('map').getBoundingClientRect(); return [r.left, r.top]"
    left, top = opened.run(f"document.getElementById('map').scrollIntoView({{block: 'center'}}); {script}")
    move = {"type": "pointerMove", "x": round(left + x), "y": round(top + y)}
    press = [
        {"type": "pointerDown", "button": 0},
        {"type": "pause", "duration": 50},
        {"type": "pointerUp", "button": 0},
    ]
    pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [move, *press]}
    opened.call("actions", {"actions": [pointer]})
    opened.wait("return sheet.open")
    assert lead["parcel"] in opened.text("#sheet")


def test_a_link_opens_in_another_window_and_says_nothing_of_the_report(
    browser: Browser, page: Path, leads: list[dict[str, Any]], website: Website
) -> None:
    browser.open(page)
    browser.wait(READY)
    browser.click("#rows .open")
    assert website.requests == []
    assert browser.texts("#sheet .links a") == ["Parcel", "Map"]
    own = browser.call("window")
    browser.click("#sheet .links a")
    until(lambda: website.asked("parcel"), "the link is followed")
    assert website.asked("parcel")[0].path == f"/parcel/{leads[0]['parcel']}"
    assert "referer" not in {name.lower() for name in website.asked("parcel")[0].headers}
    (other,) = (one for one in browser.call("window/handles") if one != own)
    browser.call("window", {"handle": other})
    assert browser.run("return window.opener") is None
    browser.call("window", method="DELETE")
    browser.call("window", {"handle": own})
    assert browser.run("return document.title").startswith("Leads of Sample County")


def test_tiles_come_from_their_host_where_they_are_asked_for(
    browser: Browser, page: Path, folder: Path, website: Website
) -> None:
    tiled = folder / "tiled.html"
    known = data(page.read_text("utf-8"))
    known["day"] = date.fromisoformat(known["day"])
    tiled.write_text("".join(render_page(known, f"{website.url}/tiles/{{z}}/{{x}}/{{y}}.png")), "utf-8")
    browser.open(tiled)
    until(lambda: website.asked("tiles"), "tiles are asked for")
    assert re.fullmatch(r"/tiles/\d+/\d+/\d+\.png", website.asked("tiles")[0].path)
    assert browser.messages() == []


def test_in_print_there_is_each_lead_and_no_control(opened: Browser, leads: list[dict[str, Any]]) -> None:
    opened.choose("#tier", "C")
    opened.run("window.dispatchEvent(new Event('beforeprint'))")
    opened.call("goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"media": "print"}})
    hidden = "return ['#filters', '#place', '#more'].map(s => getComputedStyle(document.querySelector(s)).display)"
    assert set(opened.run(hidden)) == {"none"}
    assert len(parcels(opened)) == sum(lead["tier"] == "C" for lead in leads)
    opened.run("document.querySelector('#rows .open').click()")
    assert opened.run("return getComputedStyle(document.querySelector('main')).display") == "none"
    assert opened.run("return getComputedStyle(sheet).overflow") == "visible"
    assert len(base64.b64decode(opened.call("print", {}))) > 10_000
    opened.call("goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"media": ""}})


def test_a_report_of_another_day_says_so(browser: Browser, page: Path, folder: Path) -> None:
    old = folder / "old.html"
    known = data(page.read_text("utf-8"))
    old.write_text("".join(render_page({**known, "day": date.today() - timedelta(days=3)})), "utf-8")
    browser.open(old)
    assert "days are counted from today" in browser.text("#summary")


def test_five_thousand_leads_open_filter_and_sort_without_a_pause(browser: Browser, page: Path, folder: Path) -> None:
    known = data(page.read_text("utf-8"))
    leads = [
        {**lead, "parcel": f"{number:06d}", "at": [lead["at"][0] + number % 70 / 1e3, lead["at"][1]]}
        for number, lead in enumerate((known["leads"] * 6)[: MANY + 50])
        if lead.get("at")
    ][:MANY]
    many = folder / "many.html"
    whole = {**known, "leads": leads, "total": MANY, "day": date.fromisoformat(known["day"])}
    many.write_text("".join(render_page(whole)), "utf-8")
    browser.open(many)
    seconds = {"open": browser.run("return performance.getEntriesByName('ready')[0].startTime") / 1000}
    script = (
        "const began = performance.now(); {}; document.body.offsetHeight; return (performance.now() - began) / 1000"
    )
    for name, what in {
        "filter": "tierField.value = 'B'; tierField.dispatchEvent(new Event('change'))",
        "sort": "tierField.value = ''; sortField.value = 'address'; sortField.dispatchEvent(new Event('change'))",
        "sheet": "document.querySelector('#rows .open').click()",
    }.items():
        seconds[name] = browser.run(script.format(what))
    print(json.dumps(seconds), many.stat().st_size)  # noqa: T201
    assert max(seconds.values()) < PAUSE, seconds
    browser.run("sheet.close(); window.dispatchEvent(new Event('beforeprint'))")
    assert len(parcels(browser)) == MANY
