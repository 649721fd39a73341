"""Whatever the texts of the records are, the report opens, shows them as they are, and nothing else happens."""

from pathlib import Path

from tests.browser.driver import Browser
from tests.leads.test_report_page import HOSTILE, document
from wholesaler.leads.report.page import render_page


def test_a_report_opens_with_a_row_for_each_lead_whatever_its_texts_are(browser: Browser, folder: Path) -> None:
    page = folder / "hostile.html"
    page.write_text("".join(render_page(document(*HOSTILE))), "utf-8")
    browser.open(page)
    browser.wait("return performance.getEntriesByName('ready').length")
    shown = browser.run("return [...document.querySelectorAll('#rows .open')].map(button => button.textContent)")
    assert sorted(shown) == sorted(HOSTILE)
    assert browser.text("#count") == f"All of {len(HOSTILE)} leads."
    assert browser.messages() == []
    assert browser.requests() == [page.as_uri()]


def test_what_the_policy_does_not_name_is_not_run(browser: Browser, folder: Path) -> None:
    page = folder / "foreign.html"
    html = "".join(render_page(document("1 ELM ST")))
    page.write_text(html.replace("</body>", "<script>document.title = 'foreign'</script></body>"), "utf-8")
    browser.open(page)
    browser.wait("return performance.getEntriesByName('ready').length")
    assert browser.run("return document.title").startswith("Leads of")
    assert any("Content Security Policy" in message for message in browser.messages())
