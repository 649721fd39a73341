"""A TOML file that cannot be read is named in one line that says what to do, whatever is wrong with it."""

from collections.abc import Callable
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from tests.markets.samples import changed, orange_text
from tests.support import Outcome, without_privileges
from wholesaler.errors import ConfigurationError, ExitCode, did_you_mean
from wholesaler.markets import load_market, read_market
from wholesaler.scoring.profile import load_profile
from wholesaler.toml import read_toml

CLI = Callable[..., Outcome]
READABLE = "Give the path of a file that this account can read."


def refusal(read: Callable[[], object]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read()
    assert caught.value.exit_code == ExitCode.CONFIGURATION
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"a = ", "Invalid value (at end of document). https://toml.io"),
        (b"a = 1\n\nb = '\xe9'", "line 3 is not UTF-8. Save the file as UTF-8."),
        (b"\xff\xfea", "line 1 is not UTF-8. Save the file as UTF-8."),
        (b"a = " + b"9" * 5000, "Exceeds the limit"),
        (b"a = " + b"[" * 5000, "recursion"),
    ],
    ids=["syntax", "latin-1", "utf-16", "number", "nesting"],
)
def test_what_is_no_toml_is_said_with_what_to_do(tmp_path: Path, content: bytes, wrong: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    said = refusal(lambda: read_toml(path))
    assert said.startswith(f"{path}: cannot be read as TOML: ")
    assert wrong in said


def test_a_number_that_nothing_can_hold_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("a = 1e99999999999999999999", "utf-8")
    assert "cannot be read as TOML" in refusal(lambda: read_toml(path, parse_float=Decimal))


@pytest.mark.parametrize("read", [load_market, lambda name: load_profile(Path(name))], ids=["market", "profile"])
def test_a_market_or_profile_that_cannot_be_opened_is_said_so(
    home: Path, tmp_path: Path, read: Callable[[str], object]
) -> None:
    secret = home / "secret.toml"
    secret.write_text("", "utf-8")
    secret.chmod(0)
    tmp_path.chmod(0)
    load_market("orange-fl")  # whatever is imported late is imported with privileges
    # nor is the package itself read without them: the clone may be in root's own home
    read_closed = (lambda name: read_market(Path(name))) if read is load_market else read
    try:
        with without_privileges():
            for path in (secret, tmp_path / "inside.toml"):
                said = refusal(lambda path=path: read_closed(str(path)))
                assert said == f"{path}: cannot be read as TOML: Permission denied. {READABLE}"
    finally:
        tmp_path.chmod(0o700)
    assert refusal(lambda: read(str(home))) == f"{home}: cannot be read as TOML: Is a directory. {READABLE}"
    assert "File name too long" in refusal(lambda: read("m" * 300))


@pytest.mark.parametrize(
    "line",
    [
        "stats --market FILE",
        "markets show FILE",
        "markets validate FILE",
        "score --profile FILE",
    ],
)
def test_commands_end_with_78_and_name_the_file(cli: CLI, home: Path, line: str) -> None:
    latin = home / "latin.toml"
    latin.write_bytes(b"name = '\xe9'")
    for path, wrong in ((latin, "is not UTF-8"), (home, "Is a directory"), (home / ("m" * 300), "File name too long")):
        outcome = cli(*line.replace("FILE", str(path)).split())
        assert (outcome.code, outcome.out) == (78, "")
        assert outcome.err.count("\n") == 1
        assert f"{path}: cannot be read as TOML" in outcome.err
        assert wrong in outcome.err


@pytest.mark.parametrize("name", ["~nobody-of-this-name/mine.toml", "latin.toml/mine.toml", ""])
def test_a_market_that_cannot_be_there_is_no_bug(cli: CLI, home: Path, name: str) -> None:
    (home / "latin.toml").write_bytes(b"name = '\xe9'")
    outcome = cli("stats", "--market", name) if name else cli("markets", "show", name)
    assert outcome.code == 78
    assert "bug" not in outcome.err


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "minimum_rows = 5",
            "minimum_row = 5",
            "sources.tax_sales.minimum_row: unknown key. Did you mean 'minimum_rows'?",
        ),
        ("crs = 2236", "csr = 2236", "sources.code_violations.location.csr: unknown key. Did you mean 'crs'?"),
        ('state = "FL"', 'State = "FL"', "State: unknown key. Did you mean 'state'?"),
    ],
)
def test_an_unknown_key_names_the_one_that_was_meant(tmp_path: Path, old: str, new: str, expected: str) -> None:
    path = tmp_path / "county.toml"
    path.write_text(changed(orange_text(), old, new), "utf-8")
    assert expected in refusal(lambda: load_market(str(path)))


def test_an_unknown_key_of_a_profile_names_the_one_that_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    shown = files("wholesaler.scoring").joinpath("v1.toml").read_text("utf-8")
    path.write_text(changed(shown, "assignment_fee", "assignement_fee"), "utf-8")
    assert "deal.assignement_fee: unknown key. Did you mean 'assignment_fee'?" in refusal(lambda: load_profile(path))


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1")
    assert read_toml(path) == {"a": 1}


@pytest.mark.parametrize(
    ("word", "question"),
    [
        ("orange", "Did you mean 'orange-fl'?"),
        ("ORANGE-FL", "Did you mean 'orange-fl'?"),
        ("oragne-fl", "Did you mean 'orange-fl'?"),
        ("o", "Did you mean 'orange-fl' or 'osceola-fl'?"),
        ("paris", ""),
        ("", ""),
    ],
)
def test_the_name_that_begins_or_looks_alike_is_offered(word: str, question: str) -> None:
    assert did_you_mean(word, ["orange-fl", "osceola-fl", "polk-fl"]) == question
