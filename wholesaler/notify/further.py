"""The channels of ALERT_URLS: plain text in as many messages as fit, or one short one where little does."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wholesaler.notify import messages, morning
from wholesaler.notify.interface import (
    MOST_LISTED,
    Channel,
    Digest,
    FailureNotice,
    FindingsNotice,
    Message,
    ProfileChange,
)
from wholesaler.notify.service import Kind, Service
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
        title = morning.title(digest)
        room = self._room(title)
        listed = digest.leads[:MOST_LISTED]
        leads = tuple(lead.parcel_id for lead in listed)
        new = [morning.new_lead(lead, self._show_names, digest.as_of) for lead in listed]
        if room < SHORT:
            return [self._message(title, Text(_short(digest, new, room)), leads)]
        heading = "\n".join(morning.notes(digest))
        room -= len(heading) + len(messages.ESTIMATE_NOTE) + len(" (part 100 of 100)") + 4
        blocks = [_fit(lead, room) for lead in new]
        blocks += (_cut(block, room) for block in _further(digest, len(listed)))
        groups = list(_groups(blocks, room)) or [[]]
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


def _fit(lead: morning.NewLead, room: int) -> str:
    """A lead in lines, with the links that fit."""
    lines = [lead.place, *lead.lines]
    links = [f"{name}: {address}" for name, address in lead.links]
    while links and len("\n".join([*lines, *links])) > room:
        links.pop()
    return _cut("\n".join([*lines, *links]), room)


def _further(digest: Digest, listed: int) -> Iterator[str]:
    """What there is beside the new leads that are listed, a block each."""
    yield from filter(None, [morning.rest_line(digest, listed)])
    for section in morning.sections(digest):
        entries = [f"• {entry.place}: {entry.words}" for entry in section.entries]
        yield "\n".join([section.heading, *entries[:1]])
        yield from filter(None, [*entries[1:], section.rest])
    yield from filter(None, [morning.report_line(digest)])


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


def _short(digest: Digest, leads: list[morning.NewLead], room: int) -> str:
    """The addresses that fit, the best first, and how many more there are; what else there is by its title alone."""
    total = len(digest.leads) + digest.further
    lines: list[str] = []
    for number, lead in enumerate(leads):
        more = f"… {total - number:,} in `leads list`"
        line = f"{lead.place} ({lead.total})"
        if len("\n".join([*lines, line, *([more] if total - number > 1 else [])])) > room:
            return _cut("\n".join([*lines, more]), room)
        lines.append(line)
    further = total - len(leads)
    rest = [f"… {further:,} in `leads list`"] if further else []
    for section in morning.sections(digest):
        if len("\n".join([*lines, *rest, section.heading])) <= room:
            rest.append(section.heading)
    return "\n".join([*lines, *rest])


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(0, room - 1)].rstrip()}…"[:room]


def _harmless(text: str) -> str:
    """Public records call nobody."""
    return _CALL.sub(lambda found: "\uff20" if found[0] == "@" else "\u2039", text)
