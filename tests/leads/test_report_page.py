"""The page of a report: whatever the texts are, it asks nobody for anything and runs nothing but its own."""

import json
import re
from base64 import b64encode
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from pydantic import ValidationError

from wholesaler.leads.report.page import render_page
from wholesaler.settings import Settings

#: what tries to leave the element, to be a formula, to turn the line around, to be cut, to be unreadable
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "]]>&lt;&amp;'\"",
    '=HYPERLINK("https://evil.example")',
    "\u2028\u2029\u202egnp.exe",
    "🏚️ 👩‍👧 Ñandú 家",
    "\\u003c/script> \\",
)


def document(*addresses: str, **other: Any) -> dict[str, Any]:
    """A report with a lead at each address."""
    leads = [
        {"parcel": str(number), "address": address, "city": "", "zip": "", "tier": "A", "score": 70.25,
         "components": {}, "deal": dict.fromkeys(("arv", "repairs", "mao", "debt", "spread"))}
        for number, address in enumerate(addresses)
    ]  # fmt: skip
    known = {
        "market": {"key": "mill-oh", "name": "Mill County <Ohio>"}, "day": date(2026, 11, 26), "before": None,
        "profile": None, "words": {}, "law": "", "kinds": {}, "total": len(leads), "tiers": {"A": len(leads)},
        "stale": [], "names": False, "days": [], "leads": leads, "gone": [], "gone_total": 0,
    }  # fmt: skip
    return known | other


def data(html: str) -> dict[str, Any]:
    """What the browser reads as the report's data: the element ends where the first ``</script`` stands."""
    text = html.split('<script type="application/json" id="data">')[1].split("</script")[0]
    assert text.isascii()
    found: dict[str, Any] = json.loads(text)
    return found


def test_no_text_ends_its_element_or_is_lost() -> None:
    html = "".join(render_page(document(*HOSTILE)))
    assert [lead["address"] for lead in data(html)["leads"]] == list(HOSTILE)
    assert html.count("<script") == html.count("</script>") == 7
    assert "<h1>Leads of Mill County &lt;Ohio&gt;, 26 Nov 2026</h1>" in html
    between = html.split('id="data">')[1].split("</script")[0]
    assert not re.search(r"[<>&\u2028\u2029]", between)


def test_only_what_stands_in_the_page_runs() -> None:
    html = "".join(render_page(document("1 ELM ST")))
    policy = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)[0].replace("&#39;", "'")
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == ["'none'"]
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        stand = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert rules[rule] == [f"'sha256-{b64encode(sha256(one.encode()).digest()).decode()}'" for one in stand]
    assert rules["img-src"] == ["data:"]
    assert "unsafe" not in policy


def test_nothing_in_it_is_loaded_from_elsewhere() -> None:
    html = "".join(render_page(document("1 ELM ST")))
    assert not re.search(r"<(link|iframe|object|embed|img|base)\b", html)
    assert "Redistribution and use in source and binary forms" in html
    assert not re.search(r"<script[^>]+src=|@import|sourceMappingURL", html)


@pytest.mark.parametrize(
    ("tiles", "images"),
    [
        ("https://tile.openstreetmap.org/{z}/{x}/{y}.png", "https://tile.openstreetmap.org"),
        ("https://{s}.tiles.example:8443/{z}/{x}/{y}{r}.png?key=k", "https://*.tiles.example:8443"),
    ],
)
def test_tiles_are_from_the_host_of_the_setting_alone(tiles: str, images: str) -> None:
    html = "".join(render_page(document("1 ELM ST"), tiles))
    assert f"img-src data: {images};" in html
    assert data(html)["tiles"] == tiles


@pytest.mark.parametrize(
    "tiles",
    [
        "https://tiles.example/{z}/{x}.png",
        "ftp://tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example; script-src */{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}/{y}\".png",
        "https://{s}/{z}/{x}/{y}.png",
        "/tiles/{z}/{x}/{y}.png",
    ],
)  # fmt: skip
def test_what_is_no_address_of_tiles_is_a_wrong_setting(tiles: str) -> None:
    with pytest.raises(ValidationError, match=r"https://tiles\.example\.org/"):
        Settings.model_validate({"WHOLESALER_HOME": "/tmp", "REPORT_TILES_URL": tiles})
