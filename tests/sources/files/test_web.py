"""Copies of files from the web: kept while these do not change, of the first address that has one."""

import gzip
import io
import os
import stat
import zipfile
from typing import Any

import pytest

from tests.servers.files import FileServer, Served
from tests.sources.helpers import Opener, drain
from tests.sources.web import BODY, CHANGED, ETAG, MODIFIED, OTHER_ETAG, REQUEST, amounts, folder, refusal
from wholesaler.errors import ConfigurationError
from wholesaler.markets.market import Host
from wholesaler.markets.source import SourceDefinition
from wholesaler.sources import Http, open_source, remove_leftovers
from wholesaler.sources.interface import Source


def age(opener: Opener, days: float) -> None:
    """Make the copy so many days older."""
    notes = folder(opener) / "data.json"
    text = notes.read_text()
    at = text.index('"fetched_at":"') + 14
    when = f"2026-01-{int(days):02}T00:00:00+00:00"
    notes.write_text(text[:at] + when + text[text.index('"', at) :])


@pytest.mark.parametrize("end", ["length", "chunks"])
def test_a_file_is_brought_and_only_its_owner_may_read_it(web: FileServer, opener: Opener, end: Any) -> None:
    url = web.serve("/a.csv", Served(BODY, end=end))
    assert len(amounts(opener, url)) == 2000
    assert web.asked[0].headers["accept-encoding"] == "identity"
    assert (folder(opener) / "data").read_bytes() == BODY
    assert {path.name for path in folder(opener).iterdir()} == {"data", "data.json"}
    kept = opener.directory / "downloads"
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [kept, *kept.rglob("*")]} == {0}
    assert opener.directory.name not in opener.open(url, "file").version()  # type: ignore[operator]


@pytest.mark.parametrize("etag", [ETAG, ""])
@pytest.mark.parametrize("conditional", [True, False])
def test_a_file_that_has_not_changed_is_not_brought_again(
    web: FileServer, opener: Opener, etag: str, conditional: bool
) -> None:
    served = Served(BODY, etag=etag, last_modified=MODIFIED, conditional=conditional)
    url = web.serve("/a.csv", served)
    before = opener.open(url, "file").version()
    file = folder(opener) / "data"
    inode = file.stat().st_ino
    if not conditional:
        served.breaks = [100]  # what is not read to its end is no break
    assert opener.open(url, "file").version() == before
    assert file.stat().st_ino == inode
    asked = web.asked[1].headers
    assert (asked.get("if-none-match"), asked["if-modified-since"]) == (etag or None, MODIFIED)
    served.body, served.etag, served.last_modified = CHANGED, etag and OTHER_ETAG, "Thu, 26 Nov 2026 04:00:00 GMT"
    assert opener.open(url, "file").version() != before
    assert file.read_bytes() == CHANGED


def test_without_validators_the_content_says_whether_it_has_changed(web: FileServer, opener: Opener) -> None:
    served = Served(BODY)
    url = web.serve("/a.csv", served)
    before = opener.open(url, "file").version()
    assert opener.open(url, "file").version() == before
    assert len(web.asked) == 2
    served.body = CHANGED
    assert opener.open(url, "file").version() != before


def test_a_file_of_the_same_time_and_another_length_has_changed(web: FileServer, opener: Opener) -> None:
    served = Served(BODY, last_modified=MODIFIED, conditional=False)
    url = web.serve("/a.csv", served)
    before = opener.open(url, "file").version()
    served.body = BODY + b"9,9\n"
    assert opener.open(url, "file").version() != before


def test_a_server_is_believed_for_a_week(web: FileServer, opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime, timedelta

    from wholesaler.sources.files import web as web_files

    url = web.serve("/a.csv", Served(BODY, etag=ETAG))
    amounts(opener, url)
    age(opener, 1)
    passed = datetime.now(UTC) - datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(web_files, "TRUSTED", passed + timedelta(seconds=60))
    amounts(opener, url)
    assert "if-none-match" in web.asked[-1].headers
    monkeypatch.setattr(web_files, "TRUSTED", passed)
    amounts(opener, url)
    assert "if-none-match" not in web.asked[-1].headers
    monkeypatch.undo()
    assert timedelta(days=7) == web_files.TRUSTED


def test_one_run_brings_a_file_once(web: FileServer, opener: Opener) -> None:
    source = opener.open(web.serve("/a.csv", Served(BODY)), "file")
    source.version()
    drain(source.fetch(REQUEST))
    drain(source.fetch(REQUEST))
    assert len(web.asked) == 1


def test_a_copy_that_was_touched_is_brought_again(web: FileServer, opener: Opener) -> None:
    url = web.serve("/a.csv", Served(BODY, etag=ETAG))
    amounts(opener, url)
    (folder(opener) / "data").write_bytes(b"PARCEL,AMOUNT\n")
    assert len(amounts(opener, url)) == 2000
    (folder(opener) / "data.json").write_text("{")
    assert len(amounts(opener, url)) == 2000


def test_a_copy_that_cannot_be_used_is_brought_again_whatever_the_server_says(web: FileServer, opener: Opener) -> None:
    served = Served(b"<!DOCTYPE html><html>Maintenance</html>", etag=ETAG)
    url = web.serve("/a.csv", served)
    assert "it is a web page instead of data. See what stands at its address" in str(refusal(opener, url))
    served.body = BODY
    assert len(amounts(opener, url)) == 2000


def test_a_csv_file_whose_end_nobody_tells_is_partial(web: FileServer, opener: Opener) -> None:
    url = web.serve("/a.csv", Served(BODY, end="nothing"))
    _, _, outcome = drain(opener.open(url, "file").fetch(REQUEST))
    assert not outcome.complete
    assert outcome.warnings == ("127.0.0.1/a.csv may be cut off: its server does not say where it ends.",)
    url = web.serve("/a.json", Served(b'[{"PARCEL": "1", "AMOUNT": "2"}]', end="nothing"))
    assert amounts(opener, url) == ["2"]


@pytest.mark.parametrize("status", [404, 410])
def test_of_several_addresses_the_first_that_exists_is_read(web: FileServer, opener: Opener, status: int) -> None:
    final, preliminary = f"{web.url}/2026F.csv", web.serve("/2026P.csv", Served(BODY))
    web.serve("/2026F.csv", Served(b"", status))
    assert amounts(opener, [final, preliminary])[0] == "2"
    assert amounts(opener, ["nowhere.csv", final, preliminary])[0] == "2"
    web.serve("/2026F.csv", Served(CHANGED))
    assert amounts(opener, [final, preliminary])[0] == "3"
    assert (folder(opener) / "data").read_bytes() == CHANGED
    (opener.directory / "own.csv").write_bytes(BODY)
    assert amounts(opener, ["own.csv", final])[0] == "2"


def test_a_failure_of_an_address_is_no_reason_to_read_the_next(web: FileServer, opener: Opener) -> None:
    urls = [web.serve("/a.csv", Served(b"", 403)), web.serve("/b.csv", Served(BODY))]
    assert "answered 403" in str(refusal(opener, urls))


def test_where_no_address_exists_all_are_named(web: FileServer, opener: Opener) -> None:
    error = refusal(opener, [f"{web.url}/a.csv?token=hush", "gone.csv"])
    assert "no file at any of its 2 addresses" in str(error)
    assert "(404)" in str(error)
    assert "gone.csv cannot be used: No such file" in str(error)
    assert "hush" not in str(error)
    assert "has no file at this address (404). Correct 'url'" in str(refusal(opener, f"{web.url}/a.csv"))


def test_an_odd_compression_is_refused_and_gzip_is_read(web: FileServer, opener: Opener) -> None:
    import gzip

    url = web.serve("/a.csv", Served(gzip.compress(BODY), extra={"Content-Encoding": "gzip"}))
    assert len(amounts(opener, url)) == 2000
    web.serve("/a.csv", Served(BODY, extra={"Content-Encoding": "br"}))
    assert "compressed as 'br'" in str(refusal(opener, url))


@pytest.mark.parametrize(
    "disposition",
    [
        "attachment; filename=roll.json",
        'attachment; filename="C:\\x\\roll.json"',
        "attachment; filename*=UTF-8''roll.json",
    ],
)
def test_the_name_of_a_download_tells_what_its_address_does_not(
    web: FileServer, opener: Opener, disposition: str
) -> None:
    url = web.serve("/download", Served(b"[null]", extra={"Content-Disposition": disposition}))
    assert "it holds no records" in str(refusal(opener, url))  # as CSV it would lack a field


@pytest.mark.parametrize("query", ["?format=csv&q=SELECT%20*%20FROM%20t", "?outFormat=CSV"])
def test_a_query_is_sent_as_it_is_written(web: FileServer, opener: Opener, query: str) -> None:
    url = web.serve("/api/v2/sql", Served(BODY))
    assert len(amounts(opener, url + query)) == 2000
    assert web.asked[0].path == f"/api/v2/sql{query}"


def test_what_is_left_of_former_addresses_and_sources_is_removed(web: FileServer, opener: Opener) -> None:
    first, second = web.serve("/a.csv", Served(BODY)), web.serve("/b.csv", Served(BODY))
    amounts(opener, first)
    before = folder(opener)
    amounts(opener, second)
    assert folder(opener) != before
    shelf = opener.directory / "downloads/test-county"
    (shelf / "old_source" / "x").mkdir(parents=True)
    remove_leftovers(opener.directory, "test-county", ["liens"])
    assert [path.name for path in shelf.iterdir()] == ["liens"]
    assert len(list((shelf / "liens").iterdir())) == 1
    remove_leftovers(opener.directory, "test-county", [])
    assert list(shelf.iterdir()) == []
    remove_leftovers(opener.directory, "another-county", [])


def test_an_address_that_is_none_is_told(opener: Opener) -> None:
    with pytest.raises(ConfigurationError, match=r"sources\.liens\.url: this is no address of the web"):
        opener.open("http://127.0.0.1:port/a.csv", "file")


@pytest.mark.parametrize("end", ["length", "chunks", "nothing"])
def test_of_a_long_file_its_beginning_is_enough_for_who_only_looks(web: FileServer, opener: Opener, end: Any) -> None:
    body = BODY + b"".join(b"%d,%s\n" % (number, os.urandom(8).hex().encode()) for number in range(2001, 60_000))
    url = web.serve("/a.csv", Served(body, end=end))
    with looking(opener, 200_000) as http:
        fetch = open_with(opener, http, url).fetch(REQUEST)
        records, _, outcome = drain(fetch)
    assert records[:2] == [{"PARCEL": "1", "AMOUNT": "2"}, {"PARCEL": "2", "AMOUNT": "4"}]
    assert 2000 < len(records) < 59_000
    assert not outcome.complete
    assert any("Only the beginning of" in warning for warning in outcome.warnings)


def test_what_is_packed_and_a_file_that_is_not_longer_come_whole(web: FileServer, opener: Opener) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.csv", BODY)
    packed = [("/a.zip", archive.getvalue(), 10), ("/a.csv.gz", gzip.compress(BODY), 10)]
    for path, body, enough in (*packed, ("/a.csv", BODY, len(BODY))):
        url = web.serve(path, Served(body))
        with looking(opener, enough) as http:
            _, _, outcome = drain(open_with(opener, http, url).fetch(REQUEST))
        assert (outcome.complete, outcome.received) == (True, 2000)


def looking(opener: Opener, enough: float) -> Http:
    return Http(opener.settings, lambda name: Host(requests_per_second=1000), enough)


def open_with(opener: Opener, http: Http, url: str) -> Source:
    """A source named ``liens`` by another Http."""
    definition = SourceDefinition.model_validate(
        {"kind": "file", "url": url, "key": ["parcel"], "parcel_form": "rts", "fields": {"parcel": "PARCEL"}}
    )
    return open_source("liens", definition, opener.directory / "market.toml", http, opener.settings, "test-county")
