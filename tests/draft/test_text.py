"""What a draft writes is what TOML reads, whatever a publisher calls things."""

import tomllib
from datetime import date
from typing import Any

import pytest

from wholesaler.draft.questions import Question
from wholesaler.draft.toml_text import WIDTH, comment, entry, question

HOSTILE = [
    'say "no"',
    "back\\slash",
    "a\nkey = 1",
    "tab\there",
    "\x00\x1f\x7f",
    "é ü 漢",
    "'''",
    "#",
    "{today}",
    "]\n[x]",
]


@pytest.mark.parametrize("written", HOSTILE)
def test_a_text_is_read_as_it_was(written: str) -> None:
    assert tomllib.loads("\n".join(entry("key", written))) == {"key": written}
    assert tomllib.loads("\n".join(entry(written, "value"))) == {written: "value"}


@pytest.mark.parametrize("written", HOSTILE)
def test_nothing_in_a_comment_ends_it(written: str) -> None:
    asked = Question(f"Seen: {written} {'long ' * 60}", written, (("status", written), (written, "Open")))
    lines = question(asked)
    assert all(line.startswith("#") and "\n" not in line for line in lines)
    assert tomllib.loads("\n".join(lines)) == {}
    assert lines[0].startswith("# ? ")


def test_half_a_character_is_written_as_one_that_is() -> None:
    assert tomllib.loads("\n".join(entry("key", "a\ud800b"))) == {"key": "a\ufffdb"}


LONG = [f"FIELD_{number}" for number in range(60)]


@pytest.mark.parametrize("what", [True, 5, 0.25, date(2026, 11, 27), ["a", "b c"], {"join": ["A"], "with": " "}, LONG])
def test_values_are_read_as_they_were(what: Any) -> None:
    lines = entry("key", what)
    assert tomllib.loads("\n".join(lines)) == {"key": what}
    assert max(map(len, lines)) <= WIDTH + 2


def test_comments_are_broken_into_lines() -> None:
    lines = comment("word " * 100)
    assert len(lines) == 5
    assert max(map(len, lines)) <= WIDTH
