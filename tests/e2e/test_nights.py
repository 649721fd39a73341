"""Three nights without network and one with: everybody hears what he needs to know, and once."""

from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.e2e.nights import KEY, PAGE, Night, cannot_run, nights

pytestmark = [pytest.mark.slow, pytest.mark.skipif(cannot_run() is not None, reason=cannot_run() or "")]


@pytest.fixture(scope="module")
def seen(server: URL, tmp_path_factory: pytest.TempPathFactory) -> list[Night]:
    from tests.support import fresh_database

    with fresh_database(server) as url:
        return nights(url, tmp_path_factory.mktemp("home"))


def test_exit_codes_and_status_tell_a_monitor_which_nights_were_bad(seen: list[Night]) -> None:
    assert [night.exit_code for night in seen] == [0, 69, 69, 69, 0]
    assert [night.status_code for night in seen] == [0, 1, 1, 1, 0]


def test_the_switch_is_called_on_good_nights_alone(seen: list[Night]) -> None:
    assert [night.signals for night in seen] == [["start", "success"], [], [], [], ["start", "success"]]


def test_metrics_never_tell_of_a_success_that_was_none(seen: list[Night]) -> None:
    codes = [[line for line in night.metrics if line.startswith("wholesaler_run_exit_code")] for night in seen]
    assert codes == [[f'wholesaler_run_exit_code{{market="{KEY}"}} {night.exit_code}'] for night in seen]


def test_what_could_not_be_told_is_told_in_one_message_of_each_kind(seen: list[Night]) -> None:
    assert len(seen[0].messages) == len(seen[0].mails) == 1
    assert [night.messages + night.mails for night in seen[1:4]] == [[], [], []]
    for told in (seen[4].messages, seen[4].mails):
        failed, found = told
        assert failed == "wholesaler: ingest failed for Detroit, Wayne County, Michigan"
        assert "warnings in the data" in found


def test_the_page_of_the_documents_says_the_same(seen: list[Night]) -> None:
    written = Path(PAGE).read_text("utf-8")
    for night in seen:
        for line in (*night.messages, *night.mails):
            assert line.partition(" (")[0] in written
        assert f"ended with {night.exit_code}, `wholesaler status` with {night.status_code}" in written
