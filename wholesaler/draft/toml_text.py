"""Lines of TOML and its comments, in the small part of the language that market files are written in.

Comments are what a market file is read for, and nothing of the standard library writes any; what is written here is
read back by ``tomllib`` before anybody gets it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from wholesaler.draft.questions import Question

WIDTH = 118
_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: what a text of one line cannot hold as it is: its own marks, control characters, and halves of characters
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f\ud800-\udfff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
#: what would end a comment or hide what stands behind it
_NO_COMMENT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]+")


def text(value: str) -> str:
    """A text in its quotes."""
    return f'"{_ESCAPED.sub(_escape, value)}"'


def key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else text(name)


def value(what: Any) -> str:
    """A value on one line."""
    if isinstance(what, bool):
        return str(what).lower()
    if isinstance(what, str):
        return text(what)
    if isinstance(what, date):
        return what.isoformat()
    if isinstance(what, Mapping):
        return f"{{ {', '.join(f'{key(name)} = {value(inner)}' for name, inner in what.items())} }}"
    if isinstance(what, list | tuple):
        return f"[{', '.join(map(value, what))}]"
    return repr(what)


def entry(name: str, what: Any) -> list[str]:
    """A key with its value; a long list on several lines."""
    line = f"{key(name)} = {value(what)}"
    if len(line) <= WIDTH or not isinstance(what, list | tuple):
        return [line]
    lines = [f"{key(name)} = ["]
    row = " "
    for one in map(value, what):
        if len(row) + len(one) + 2 > WIDTH:
            lines.append(row)
            row = " "
        row += f" {one},"
    return [*lines, row, "]"]


def comment(what: str, first: str = "# ", further: str = "# ") -> list[str]:
    """A comment, broken into lines; nothing in it can end it."""
    words = _NO_COMMENT.sub(" ", what).split(" ")
    lines, row = [], first
    for word in filter(None, words):
        if len(row) + len(word) > WIDTH and row not in (first, further):
            lines.append(row.rstrip())
            row = further
        row += f"{word} "
    return [*lines, row.rstrip()]


def behind(what: str) -> str:
    """A short comment behind a value, on its line."""
    return f"  # {_NO_COMMENT.sub(' ', what)[:100].strip()}"


def question(one: Question) -> list[str]:
    """A question, and the lines that it may be answered by, commented out."""
    needed = " The file cannot be used without this answer." if one.blocks else ""
    lines = comment(f"{one.seen} {one.do}{needed}", "# ? ", "#   ")
    for number, (name, what) in enumerate(one.choices):
        several = [f"# {line}" for line in entry(name, what)]
        lines += [*several[:-1], several[-1] + (behind(one.behind[number]) if one.behind else "")]
    return lines


def questions(several: Iterable[Question]) -> list[str]:
    """Several questions, one behind the other."""
    return [line for one in several for line in question(one)]


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    return _SHORT.get(character) or f"\\u{ord(character):04x}"
