"""What requests of every kind share: what the failures of a connection mean, and how a message stays fit to print."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import shorten

import httpx

from wholesaler.errors import SourceError
from wholesaler.http_client import AnswerTooLarge, ClientClosed
from wholesaler.sources.http.answer import UNREADABLE, Failure

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 10
_LONGEST_MESSAGE = 500


@contextmanager
def transport_failures(source: str, timeout: float) -> Iterator[None]:
    """Within, what goes wrong on the way to a host and back is a :class:`Failure`; ``timeout`` in seconds, to be told.

    The end of the run is a ``SourceError``.
    """
    try:
        yield
    except httpx.TimeoutException:
        raise Failure(f"did not answer within {timeout:g} s", transient=True, timed_out=True) from None
    except httpx.DecodingError:
        raise Failure("sent data that cannot be decompressed", transient=True, status=UNREADABLE) from None
    except httpx.TransportError as error:
        if "CERTIFICATE" in str(error).upper():
            hint = f"Give the certificates it leaves out as 'ca_bundle' of sources.{source}"
            raise Failure(f"has a certificate that cannot be verified: {error}", transient=False, hint=hint) from None
        reason = str(error).rstrip(".") or type(error).__name__
        raise Failure(f"cannot be reached: {reason}", transient=True) from None
    except ClientClosed as error:
        raise SourceError("The run ended before the answer came.", transient=True) from error
    except AnswerTooLarge as error:
        # many records in one answer are too much, which fewer are not
        hint = f"Set a smaller 'page_size' for sources.{source}, or leave fields or geometry out"
        raise Failure(str(error), transient=True, too_large=True, retries=0, hint=hint) from None
    except httpx.InvalidURL as error:
        raise Failure(f"has an address that leads nowhere: {error}", transient=False) from None


def clean(redact: Callable[[str], str], text: str) -> str:
    """A message without secrets, and not longer than a person reads."""
    return shorten(redact(text), _LONGEST_MESSAGE, placeholder=" ….")
