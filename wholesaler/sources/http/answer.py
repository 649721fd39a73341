"""Read one HTTP answer: the JSON in it, or why it is no answer and whether asking again can help.

An ArcGIS server reports most failures inside HTTP 200 as ``{"error": {"code", "message", "details"}}``, so that the
body is read before the status. A code inside the body means what the HTTP status of that number means.
"""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson

from wholesaler import retry
from wholesaler.retry import Retryable

#: the publisher wants a login or refuses this client: asking again changes nothing (498, 499: ArcGIS tokens)
AUTHORISATION = frozenset({401, 403, 498, 499})
#: a query that is too much for the server: a smaller one may pass
TOO_MUCH = frozenset({500, 504})
#: an answer that came, but is not what was asked for
UNREADABLE = 200
_LONGEST_WAIT = 120.0
#: 400 is ambiguous: it is also answered at random deep in a scan, so that it is asked again this many times
_RETRIES_OF_400 = 2
_RETRIES_OF_403 = 2
#: secrets are taken out before a message is shortened, so that no part of one is left at its end
_LONGEST_WORDS = 5000
_SECRET = re.compile(r"(?i)(token|key|password|signature)=[^&\s\"']+")


class Failure(Retryable):
    """One attempt failed. ``retries`` limits how often it may be repeated; ``None``: as often as configured."""

    def __init__(
        self,
        reason: str,
        *,
        transient: bool,
        status: int | None = None,
        retries: int | None = None,
        retry_after: float | None = None,
        timed_out: bool = False,
        too_large: bool = False,
        hint: str | None = None,
        elsewhere: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
        self.status = status
        self.retries = retries if transient or retries is not None else 0
        self.retry_after = retry_after
        #: whether asking for less may help
        self.too_much = timed_out or too_large or status in TOO_MUCH
        self.hint = hint
        #: the address at another host to which it redirects
        self.elsewhere = elsewhere
        #: the host it happened at, where a redirect led to another
        self.host: str | None = None


def read_answer(status: int, raw: bytes, retry_after: str | None, valid: Callable[[Any], bool]) -> Any:
    """The JSON of an answer; raises :class:`Failure` for an error, inside HTTP 200 or not, and for no valid JSON."""
    try:
        body = decode_json(raw)
    except ValueError:
        body = None
    code = _error_code(body, status)
    if code is None and status == HTTPStatus.OK and body is not None and valid(body):
        return body
    if code is not None or status != HTTPStatus.OK:
        if code is None and status == HTTPStatus.FORBIDDEN and not isinstance(body, dict):
            # a service says what it misses; a page is from a firewall in front of it, which may have a bad moment
            raise Failure(
                "has a front end (a firewall) that refuses the request: 403 with a page instead of data",
                transient=True,
                status=status,
                retries=_RETRIES_OF_403,
                retry_after=seconds_of(retry_after),
                hint="Run it again later; if it stays, the publisher has to admit this program",
            )
        raise refusal(code if code is not None else status, words_of(body), seconds_of(retry_after))
    if raw.lstrip()[:1] == b"<":
        raise Failure("sent a web page instead of data", transient=True, status=UNREADABLE)
    reason = "sent JSON that is cut off or damaged" if body is None else "sent JSON without the data asked for"
    raise Failure(reason, transient=True, status=UNREADABLE)


def decode_json(raw: bytes) -> Any:
    """Parse JSON as servers write it: NaN, raw control characters, a byte order mark and bad UTF-8 are let pass.

    Raises ``ValueError``.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            return json.loads(raw.decode("utf-8-sig", errors="replace"), strict=False)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def seconds_of(retry_after: str | None) -> float | None:
    """The seconds a Retry-After header (a number or an HTTP date) asks for, at most two minutes."""
    seconds = retry.seconds_of(retry_after)
    return None if seconds is None else min(seconds, _LONGEST_WAIT)


def _error_code(body: Any, status: int) -> int | None:
    """The code of an error inside the body; 400 stands for codes that are no HTTP status (there are negative ones)."""
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if body.get("status") == "error" and not isinstance(error, dict):
        error = body
    if not isinstance(error, dict):
        return None
    try:
        code = int(error.get("code", 0))
    except (TypeError, ValueError):
        code = 0
    if HTTPStatus.BAD_REQUEST <= code < 600:
        return code
    return status if status >= HTTPStatus.BAD_REQUEST else HTTPStatus.BAD_REQUEST


def words_of(body: Any) -> str:
    """What the server itself says about its error, on one line, without tokens."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    content = error if isinstance(error, dict) else body
    parts = [content.get("message")]
    for more in (content.get("details"), content.get("messages"), error):  # the last: CARTO
        parts += more if isinstance(more, list) else [more]
    texts = dict.fromkeys(" ".join(part.split()) for part in parts if isinstance(part, str) and part.strip())
    return _SECRET.sub(r"\1=…", " ".join(texts))[:_LONGEST_WORDS]


def refusal(code: int, words: str, retry_after: float | None) -> Failure:
    """The failure that an HTTP status, or a code that means the same, stands for; ``words`` are the server's own."""
    reason = f"answered {code}"
    if not words and code in HTTPStatus._value2member_map_:
        words = HTTPStatus(code).phrase
    if words:
        reason = f"{reason}: {words.rstrip('.')}"
    if code == HTTPStatus.ACCEPTED:
        return Failure("is still preparing its answer (202)", transient=True, status=code, retry_after=retry_after)
    if code in {408, 429} or code >= 500:
        return Failure(reason, transient=True, status=code, retry_after=retry_after)
    if code == HTTPStatus.BAD_REQUEST:
        return Failure(reason, transient=False, status=code, retries=_RETRIES_OF_400)
    hint = "The publisher asks for a login or refuses this program; look for a public copy"
    return Failure(reason, transient=False, status=code, hint=hint if code in AUTHORISATION else None)
