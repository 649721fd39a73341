"""The channels of ALERT_URLS: plain text in as many messages as fit, or one short one where little does."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wholesaler.notify import messages
from wholesaler.notify.interface import Channel, Digest, FailureNotice, FindingsNotice, Message, ProfileChange
from wholesaler.notify.service import Kind, Service
from wholesaler.plural import counted
from wholesaler.settings import Settings

#: characters of a message where the service would take more: nobody reads longer ones
LONGEST = 8_000
#: a service with less room, such as SMS, gets one message with the addresses that fit
SHORT = 800
#: what a service may put between title and text
_BETWEEN = 20
#: words by which chats call everybody, and marks by which they call one
_CALL = re.compile(r"@(?=everyone|here|channel|all)|<(?=[!@#])", re.IGNORECASE)


@dataclass(frozen=True)
class Text:
    """A message without its title."""

    body: str
    kind: Kind = "info"


class FurtherChannel(Channel[Text]):
    """One address of ALERT_URLS."""

    is_chat = True

    def __init__(self, name: str, service: Service, *, show_names: bool) -> None:
        self.name = name
        self._service = service
        self._show_names = show_names

    @classmethod
    def from_settings(cls, settings: Settings, name: str) -> "FurtherChannel":
        """The channel of that name. Raises ``ConfigurationError`` where its address cannot be used."""
        return cls(name, Service.from_settings(settings, name), show_names=settings.alert_show_names)

    def render(self, digest: Digest) -> list[Message[Text]]:
        title = messages.digest_title(digest)
        heading = "\n".join(messages.digest_notes(digest))
        room = self._room(title)
        views = [messages.view(lead, self._show_names) for lead in digest.leads]
        leads = tuple(lead.parcel_id for lead in digest.leads)
        if room < SHORT:
            return [self._message(title, Text(_short(views, digest.further, room)), leads)]
        room -= len(heading) + len(messages.ESTIMATE_NOTE) + len(" (part 100 of 100)") + 4
        groups = list(_groups([_fit(view, room) for view in views], room))
        rendered = []
        start = 0
        for number, group in enumerate(groups, 1):
            part = f"{title} (part {number} of {len(groups)})" if len(groups) > 1 else title
            body = "\n\n".join(filter(None, [heading if number == 1 else "", *group, messages.ESTIMATE_NOTE]))
            rendered.append(self._message(part, Text(body), leads[start : start + len(group)]))
            start += len(group)
        return rendered

    def render_failure(self, notice: FailureNotice) -> Message[Text]:
        return self._notice("failure", messages.failure_context(notice), "failure")

    def render_findings(self, notice: FindingsNotice) -> Message[Text]:
        return self._notice("findings", messages.findings_context(notice), "warning")

    def render_profile_change(self, change: ProfileChange) -> Message[Text]:
        return self._notice("profile_change", messages.profile_change_context(change), "info")

    def send(self, message: Message[Text]) -> None:
        self._service.post(message.title, message.payload.body, message.payload.kind)

    def _notice(self, template: str, context: dict[str, object], kind: Kind) -> Message[Text]:
        title = str(context["title"])
        written = messages.fill(f"{template}.txt", context)
        return self._message(title, Text(_cut(written.removeprefix(title).strip(), self._room(title)), kind))

    def _message(self, title: str, text: Text, leads: tuple[str, ...] = ()) -> Message[Text]:
        title, body = _harmless(title), _harmless(text.body)
        return Message(self.name, title, body, Text(body, text.kind), leads)

    def _room(self, title: str) -> int:
        return max(0, min(LONGEST, self._service.room) - len(title) - _BETWEEN)


def _fit(lead: messages.LeadView, room: int) -> str:
    """A lead in lines, with as many of its reasons as fit."""
    score = f"tier {lead.tier} · score {lead.score} ({lead.scored_on})"
    owner = [f"Owner of record: {lead.owner}"] if lead.owner else []
    top = [lead.place, f"Parcel {lead.parcel_id} · {score}", *owner]
    bottom = [lead.deal, *([lead.foreclosure] if lead.foreclosure else [])]
    reasons = [f"• {reason}" for reason in lead.reasons]
    while True:
        hidden = len(lead.reasons) - len(reasons)
        rest = [f"• {counted(hidden, 'more reason')}: `wholesaler leads show`"] if hidden else []
        text = "\n".join([*top, *reasons, *rest, *bottom])
        if len(text) <= room or not reasons:
            return _cut(text, room)
        reasons.pop()


def _groups(blocks: Iterable[str], room: int) -> Iterator[list[str]]:
    """Consecutive blocks in groups that take up at most ``room`` characters."""
    group: list[str] = []
    used = 0
    for block in blocks:
        size = len(block) + 2
        if group and used + size > room:
            yield group
            group, used = [], 0
        group.append(block)
        used += size
    if group:
        yield group


def _short(leads: list[messages.LeadView], further: int, room: int) -> str:
    """The addresses that fit, the best first, and how many more there are."""
    lines: list[str] = []
    for number, lead in enumerate(leads):
        rest = len(leads) + further - number
        more = f"… {rest:,} in `leads list`"
        line = f"{lead.place} ({lead.score})"
        if len("\n".join([*lines, line, *([more] if rest > 1 else [])])) > room:
            return _cut("\n".join([*lines, more]), room)
        lines.append(line)
    return "\n".join([*lines, *([f"… {further:,} in `leads list`"] if further else [])])


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(0, room - 1)].rstrip()}…"[:room]


def _harmless(text: str) -> str:
    """Public records call nobody."""
    return _CALL.sub(lambda found: "\uff20" if found[0] == "@" else "\u2039", text)
