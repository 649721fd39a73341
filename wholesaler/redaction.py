"""Secrets taken out of text, in whatever form a server echoes them.

A secret comes back as it is written, percent-encoded, quoted-printable, JSON- or HTML-escaped (each character by
itself, so that any mixture of these is found), in hexadecimal or in base64, alone or together with what stood beside
it. What is hidden is :data:`HIDDEN`.

A secret that looks like a word or a number, such as a password of one letter, stands in half of all words: it is
hidden only where it stands alone. To hide it within ``Server`` would shred the text, and give the secret away.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit
from uuid import UUID

HIDDEN = "•••"
#: a secret of fewer characters is hidden only where it stands alone
_TINY = 4
#: so is one of fewer characters that are letters only or digits only
_WORD = 8
#: what has so many characters is no word
_RANDOM = 20
#: a secret of so many bytes is recognised within the base64 of something longer: 6 characters or more are its own
_RECOGNISABLE = 5
#: parts of a webhook's path that say what it is; to hide them would hide the words
_GENERIC_PARTS = frozenset(
    {"api", "hook", "hooks", "incoming", "services", "slack", "webhook", "webhooks", "workflows"}
)
#: the password of a database's address as SQLAlchemy reads it: from the colon to the first @, whatever is in between
_PASSWORD = re.compile(r"//[^:/]*:([^@]*)@")
_QUERIED_PASSWORD = re.compile(r"[?&](?:ssl)?password=([^&]*)")
#: by the last of its characters a text is known to hold no secret
_ENDING = 6
_BASE64_CHARACTER = re.compile(r"[A-Za-z0-9+/_-]")
_BASE64_REST = re.compile(r"[A-Za-z0-9+/_-]*(?:=|%3[Dd]){0,2}")
#: no letter or digit stands before: the end of an escaped character is none
_ALONE = r"(?:(?<!\w)|(?<=[%=][0-9A-Fa-f]{2})|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4}))"


def redact(text: str, secrets: Sequence[str]) -> str:
    """``text`` without any of ``secrets`` in any form."""
    endings = _endings(tuple(secrets))
    if endings is None or endings.search(text) is None:
        return text
    encoded, spelled = _patterns(tuple(secrets))
    if encoded is not None:
        text = _redact_base64(text, encoded)
    return spelled.sub(HIDDEN, text) if spelled is not None else text


def redact_document(value: Any, secrets: Sequence[str]) -> Any:
    """A document without any of ``secrets``; what is neither a container nor a plain value becomes its text."""
    if value is None or isinstance(value, bool | int | float | Decimal | date | UUID):
        return value
    if isinstance(value, Mapping):
        return {name: redact_document(item, secrets) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [redact_document(item, secrets) for item in value]
    return redact(str(value), secrets)


def login_secrets(user: str | None, password: str | None) -> Iterator[str]:
    """What of a login must not be printed: the password, and both as SMTP and HTTP send them (in base64)."""
    if password:
        yield password
        if user:
            yield from (f"{user}:{password}", f"\0{user}\0{password}", f"{user}\0{user}\0{password}")


def webhook_secrets(address: str) -> Iterator[str]:
    """What of a webhook's address must not be printed: all of it, and each part that is not the name of a service."""
    yield address
    try:
        parts = urlsplit(address)
        login = (parts.username, parts.password)
    except ValueError:  # an address that nobody can read is a secret as a whole
        return
    yield from login_secrets(*(part and unquote(part) for part in login))
    if parts.path.strip("/"):
        yield parts.path
    yield from (part for part in parts.path.split("/") if part.lower() not in _GENERIC_PARTS)
    yield from (value for _, value in parse_qsl(parts.query))


def ping_secrets(address: str) -> Iterator[str]:
    """What of a healthcheck's address must not be printed: all of it, and each part that was made at random.

    Others, such as the name of a check, are words that messages have too.
    """
    yield address
    try:
        parts = urlsplit(address)
        login = (parts.username, parts.password)
    except ValueError:
        return
    yield from login_secrets(*(part and unquote(part) for part in login))
    words = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    yield from filter(_is_random, words)


def service_secrets(address: str) -> Iterator[str]:
    """What of an address of ALERT_URLS must not be printed: all of it, logins, headers, and what was made at random.

    Services have their tokens anywhere, the place of the host among them.
    """
    yield address
    place, _, query = address.partition("://")[2].partition("?")
    login, at, rest = place.rpartition("@")
    host, _, path = rest.partition("/")
    if at:
        user, _, password = login.partition(":")
        yield from login_secrets(unquote(user), unquote(password))
        yield from (password, user) if _is_random(user) else (password,)
    for word in (*re.split("[/:]", path), host, *host.split(":")):
        if _is_random(unquote(word)) and not (word in {host, host.partition(":")[0]} and "." in word):
            yield from (word, unquote(word))
    for name, value in parse_qsl(query):
        if name[:1] in "+- :" or _is_random(value):
            yield value


def _is_random(word: str) -> bool:
    return len(word) >= _RANDOM or (len(word) >= _WORD and re.search(r"\d", word) is not None)


def database_secrets(address: str) -> Iterator[str]:
    """What of a database's address must not be printed: all of it and its passwords, as written and as meant.

    Works for an address that nothing can read.
    """
    yield address
    for written in _PASSWORD.findall(address):
        yield from (written, unquote(written))
    for written in _QUERIED_PASSWORD.findall(address):
        yield from (written, unquote_plus(written))


def in_order(secrets: Iterable[str]) -> list[str]:
    """Each of ``secrets`` once, the longest first, so that no part of one stays; without blank ones."""
    return sorted({secret for secret in secrets if secret.strip()}, key=lambda secret: (-len(secret), secret))


@lru_cache(maxsize=32)
def _endings(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    """What finds the last characters of every form of ``secrets``.

    Few texts have them, and to make the patterns of whole secrets takes as long as a short command.
    """
    forms = (form for secret in in_order(secrets) for make in (_base64_forms, _forms) for form in make(secret, _ENDING))
    return _any_of(list(forms))


@lru_cache(maxsize=32)
def _patterns(secrets: tuple[str, ...]) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """What finds the base64 of ``secrets``, and what finds every other form of them."""
    ordered = in_order(secrets)
    encoded = [form for secret in ordered for form in _base64_forms(secret)]
    spelled = [form for secret in ordered for form in _forms(secret)]
    return _any_of(encoded), _any_of(spelled)


def _any_of(forms: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(dict.fromkeys(forms))) if forms else None


def _forms(secret: str, last: int = 0) -> Iterator[str]:
    """Patterns for a secret as it is written, escaped, and in hexadecimal; or for its ``last`` characters in each."""
    alone = len(secret) < _TINY or (len(secret) < _WORD and (secret.isalpha() or secret.isdigit()))
    spelled = _spelled(secret, tiny=len(secret) < _TINY, last=last)
    yield rf"{_ALONE}{spelled}(?!\w)" if alone and not last else spelled
    raw = secret.encode("utf-8", "replace")[-last:]
    if len(raw) >= _TINY:  # the two digits of a letter are also a number
        digits = r"[\s:,-]?".join(f"{byte:02x}" for byte in raw)
        yield f"(?i:{digits})"


def _spelled(secret: str, *, tiny: bool = False, last: int = 0) -> str:
    """A pattern for ``secret``, or for its ``last`` characters, each of which may be written in any of the usual ways.

    Lines may be folded as quoted-printable folds them.
    """
    characters = re.findall(r"\s+|[^\s]", secret)[-last:]
    return (r"" if tiny else r"(?:=\s+)?").join(_spellings(character, tiny) for character in characters)


def _spellings(character: str, tiny: bool) -> str:
    if character.isspace():  # who puts an answer on one line makes one space of many
        return r"(?:\s|\+|\\+[nrtfv]|(?i:%(?:25)*(?:20|09|0a|0d)|=(?:20|09|0a|0d)|\\+u00(?:20|09|0a|0d)))+"
    point = ord(character)
    raw = character.encode("utf-8", "replace")
    # JSON, shells and Python put a backslash before some characters, and twice where text is quoted again
    ways = [r"\\+" if character == "\\" else rf"\\*{re.escape(character)}"]
    percent = "".join(f"%(?:25)*{byte:02x}" for byte in raw)
    units = character.encode("utf-16-be", "replace")
    escaped = "".join(rf"\\+u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
    numbers = [percent, escaped, rf"&(?:amp;)?#0*{point};", rf"&(?:amp;)?#x0*{point:x};"]
    if not (tiny and character.isalnum()):  # count=70 is not a quoted letter p
        numbers.append("".join(f"={byte:02x}" for byte in raw))
    if point < 256:
        numbers.append(rf"\\+x{point:02x}")
    if point >= 128:
        # undecodable, or decoded by another rule
        ways += ["(?:\N{REPLACEMENT CHARACTER}|\\?)+", re.escape(raw.decode("latin-1"))]
        numbers += ["".join(rf"\\+x{byte:02x}" for byte in raw), rf"\\+U0*{point:x}"]
        if point < 256:
            numbers += [f"%{point:02x}", f"={point:02x}"]
    from html.entities import codepoint2name

    if character == "'":
        numbers.append("&apos;")
    elif point in codepoint2name:
        numbers.append(f"&(?:amp;)?{codepoint2name[point]};")
    # the longer ways first: of a percent sign that is encoded, the sign alone is not all
    return f"(?:(?i:{'|'.join(numbers)})|{'|'.join(ways)})"


def _base64_forms(secret: str, last: int = 0) -> Iterator[str]:
    """Patterns for the base64 of a secret: of it alone, and of anything longer that it is a part of; or for the
    ``last`` characters of each, where it has more.

    The characters that depend on the secret only are those of a whole number of its bits, which begin at one of three
    places.
    """
    raw = secret.encode("utf-8", "replace")
    if len(raw) < _RECOGNISABLE:
        whole = b64encode(raw).decode()
        kept = whole.rstrip("=")
        yield rf"(?<![A-Za-z0-9+/_-]){_spelled_base64(kept)}" + (
            rf"(?i:=|%3d){{{len(whole) - len(kept)}}}" if kept != whole else r"(?![A-Za-z0-9+/_-])"
        )
        return
    for before in range(3):
        text = b64encode(b"\0" * before + raw).decode()
        first, end = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        yield _spelled_base64(text[first:end][-last:])


def _spelled_base64(core: str) -> str:
    """Base64 of either alphabet, percent-encoded or JSON-escaped, in lines or not."""
    plus, slash = r"(?:\+|-|(?i:%2b|\\+u002b))", r"(?:\\*/|_|(?i:%2f|\\+u002f))"
    return r"(?:=?\s{1,2})?".join({"+": plus, "/": slash}.get(character, character) for character in core)


def _redact_base64(text: str, encoded: re.Pattern[str]) -> str:
    """Hide each find together with the base64 around it, whose ends hold some bits of the secret."""
    parts: list[str] = []
    done = 0
    for found in encoded.finditer(text):
        start, end = found.span()
        if end <= done:
            continue
        while start > done and _BASE64_CHARACTER.match(text[start - 1]):
            start -= 1
        rest = _BASE64_REST.match(text, end)
        end = rest.end() if rest else end
        parts += [text[done:start], HIDDEN]
        done = end
    return "".join([*parts, text[done:]])
