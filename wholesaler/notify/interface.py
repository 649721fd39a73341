"""What is announced, and what a channel that announces it looks like.

A :class:`Channel` turns a :class:`Digest` or a notice into messages without touching the network (``render_*``), and
delivers one message at a time (``send``). Rendering apart from sending is what makes a dry run possible, and lets
the caller record message by message which leads a channel has taken.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from wholesaler.errors import WholesalerError
from wholesaler.notify.calendar import CalendarDay

Payload = TypeVar("Payload")

UNANSWERED_HINT = "It may have arrived. The next run sends it again, marked as a possible repeat."
PENDING_HINT = "Leads that were not announced stay pending; `wholesaler alert` sends them."
#: of each kind of news so many are listed in a message; the others are told by their number
MOST_LISTED = 10
#: a sale within so many days, its own day too, is one of this week
SALE_AHEAD_DAYS = 7


@dataclass(frozen=True)
class LeadNotice:
    """One lead as it is announced.

    ``reasons`` are finished sentences in the order they are to be read. ``deal`` holds the estimate in US dollars
    under ``arv``, ``repairs``, ``mao``, ``debt`` and ``spread``, each ``None`` where unknown. ``snapshot_date`` is
    the day of the score. ``foreclosure`` marks a home in foreclosure; ``foreclosure_note`` says what law applies to it.
    ``is_land`` marks a parcel without a house. ``sales`` are what is to come, in the market's words, and its day;
    ``owner_class`` and ``mail_differs`` are as the features have them, ``mail`` is the owner's mailing address,
    ``came_back`` says that somebody had given the lead up, and ``links`` are where it can be looked at, by the names of
    the market file.
    """

    parcel_id: str
    address: str | None
    city: str | None
    zip_code: str | None
    total_score: Decimal
    tier: str
    signals: tuple[str, ...]
    reasons: tuple[str, ...]
    deal: Mapping[str, Decimal | None]
    owner_name: str | None
    snapshot_date: date
    foreclosure: bool
    foreclosure_note: str | None = None
    is_land: bool = False
    sales: tuple[tuple[str, date], ...] = ()
    owner_class: str | None = None
    mail_differs: str | None = None
    mail: str | None = None
    came_back: bool = False
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LeadNews:
    """A lead that people know and what is to be said of it: what has changed, a follow-up that is due, a sale ahead.

    ``words`` are finished, each without an end; none of them is a name or telephone.
    """

    parcel_id: str
    address: str | None
    city: str | None
    zip_code: str | None
    words: tuple[str, ...]
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Digest:
    """The morning message of a market: its new leads, best first, and what else there is to say on that day.

    ``changes``, ``follow_ups`` and ``sales`` are of leads that people know. With them come the number of leads in each
    tier, the sources too old to count, and those that could not be read. ``dates`` are the days of the leads that are
    in it, ``report`` is where the report is. ``quiet_since`` makes it a sign of life: nothing was to be said since.
    ``further`` is the number of new leads that are not among ``leads``, all of them no better than these; ``is_first``
    says that nothing of the market was scored before.
    ``repeat`` says, here and in the notices, that the channel was given it before and gave no answer, ``is_test`` that
    nothing of it is real.
    """

    market_key: str
    market_name: str
    as_of: date
    leads: tuple[LeadNotice, ...]
    tier_counts: Mapping[str, int]
    stale_sources: tuple[str, ...]
    repeat: bool = False
    further: int = 0
    is_first: bool = False
    is_test: bool = False
    changes: tuple[LeadNews, ...] = ()
    follow_ups: tuple[LeadNews, ...] = ()
    sales: tuple[LeadNews, ...] = ()
    failed_sources: tuple[str, ...] = ()
    dates: tuple[CalendarDay, ...] = ()
    report: str | None = None
    quiet_since: date | None = None


@dataclass(frozen=True)
class FailureNotice:
    """A stage that failed after its retries. ``error`` and ``hint`` hold no secrets any more; ``run_seconds`` is how
    long the stage ran, retries included. ``earlier_days`` are those on which it failed and nobody could be told."""

    market_key: str
    market_name: str
    stage: str
    as_of: date
    error: str
    hint: str | None
    run_seconds: float
    earlier_days: tuple[date, ...] = ()
    repeat: bool = False


@dataclass(frozen=True)
class Finding:
    """One result of the data checks: a line that says what was found, and what to do about it."""

    severity: Literal["error", "warning"]
    title: str
    hint: str | None = None


@dataclass(frozen=True)
class FindingsNotice:
    """What the data checks of one day found that was not told before, the worst first.

    ``told_before`` is the number of findings that were, and are still there; ``earlier_days`` are those on which some
    of them were found and nobody could be told.
    """

    market_key: str
    market_name: str
    as_of: date
    findings: tuple[Finding, ...]
    told_before: int = 0
    earlier_days: tuple[date, ...] = ()
    repeat: bool = False


@dataclass(frozen=True)
class ProfileChange:
    """The first day on which leads are scored by another profile than on the day before: how many each put in a tier.

    Nothing is new on that day, and what is in the ``tiers`` that are announced counts as told.
    """

    market_key: str
    market_name: str
    as_of: date
    profile: str
    tier_counts: Mapping[str, int]
    profile_before: str
    day_before: date
    tier_counts_before: Mapping[str, int]
    tiers: tuple[str, ...] = ("A",)
    repeat: bool = False


@dataclass(frozen=True)
class Message(Generic[Payload]):
    """One thing to send: ``payload`` is what the channel sends, ``text`` the same for a person to read in a dry run,
    ``leads`` the parcel ids of the new leads that it names (empty for a notice). ``reference`` is the same whenever the
    same thing is sent again, so that a mail program can tell; without one each sending is another message."""

    channel: str
    title: str
    text: str
    payload: Payload
    leads: tuple[str, ...] = ()
    reference: str | None = None


class DeliveryError(WholesalerError):
    """A channel did not take a message.

    ``retry_after`` are the seconds for which it wants none, where it said so. ``permanent`` says that sending it again
    unchanged cannot help, ``message_only`` that the channel objects to this
    message and may take another one, ``unanswered`` that it may have the message: it was handed over, and no answer
    came.
    """

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        permanent: bool,
        message_only: bool = False,
        unanswered: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.permanent = permanent
        self.message_only = message_only
        self.unanswered = unanswered
        self.retry_after = retry_after


@dataclass(frozen=True)
class PartialDelivery:
    """A message that some ``recipients`` have now and some do not, with one line about those who do not.

    ``permanent`` says that sending it again to the others cannot help.
    """

    recipients: tuple[str, ...]
    refusal: str
    permanent: bool


@dataclass(frozen=True)
class Answer:
    """What a channel, or one ``recipient`` of it, answered to a message, in words without secrets."""

    recipient: str | None
    taken: bool
    words: str
    hint: str | None = None


class Channel(ABC, Generic[Payload]):
    """Where announcements go. ``name`` is what deliveries are recorded under.

    In a chat (``is_chat``) each lead is read one after the other, so that hundreds at once would be a flood.
    """

    name: str
    is_chat: bool = False

    def except_for(self, recipients: Collection[str]) -> "Channel[Payload]":
        """This channel without those of its recipients; one that has a single recipient stays itself."""
        return self

    @abstractmethod
    def render(self, digest: Digest) -> list[Message[Payload]]:
        """The messages that say what is in ``digest``, no lead in two of them. No I/O.

        What is told by its number alone is in the last one.
        """

    @abstractmethod
    def render_failure(self, notice: FailureNotice) -> Message[Payload]:
        """The message about a stage that failed. No I/O."""

    @abstractmethod
    def render_findings(self, notice: FindingsNotice) -> Message[Payload]:
        """The message about what the data checks found. No I/O."""

    @abstractmethod
    def render_profile_change(self, change: ProfileChange) -> Message[Payload]:
        """The message that leads are scored by another profile from now on. No I/O."""

    @abstractmethod
    def send(self, message: Message[Payload]) -> PartialDelivery | None:
        """Deliver one message of this channel; says so when only some recipients have it.

        Raises :class:`DeliveryError`, which names no secret, when nobody has it.
        """

    def answers(self, message: Message[Payload]) -> list[Answer]:
        """Deliver one message, and say what was answered, recipient by recipient where they answer for themselves."""
        try:
            self.send(message)
        except DeliveryError as error:
            hint = None if error.hint in {UNANSWERED_HINT, PENDING_HINT} else error.hint
            return [Answer(None, False, error.message, hint)]
        return [Answer(None, True, "took it")]
