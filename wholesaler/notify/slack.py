"""Slack: digests and notices as messages of blocks.

Slack refuses what is over its limits instead of cutting it (50 blocks, 3,000 characters a section, and some 13,200
characters in all, far under the documented 40,000: slackapi/bolt-js #2509), so a long digest becomes several
messages.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from wholesaler.notify import messages, morning
from wholesaler.notify.interface import (
    MOST_LISTED,
    Answer,
    Channel,
    Digest,
    FailureNotice,
    FindingsNotice,
    Message,
    ProfileChange,
)
from wholesaler.notify.webhook import Webhook
from wholesaler.settings import Settings

MAX_BLOCKS = 50
MAX_SECTION = 2_800
MAX_MESSAGE = 10_000

_TITLE = 300
_NOTE = 400
_FIELD = 300
_LINE = 500
# What a message holds beside its blocks: the fallback text (a title, JSON-escaped), keys and braces, part numbers.
_ENVELOPE = 2 * _TITLE + 100
_PARTIAL_ENTITY = re.compile(r"&[a-z]*$")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "\u2217", "~": "\u223c", "`": "'"})
# Slack makes no emphasis inside a word, so that names such as ALERT_EMAIL can stay what they are.
_EMPHASIS = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")

SlackPayload = dict[str, Any]


class SlackChannel(Channel[SlackPayload]):
    """Messages of blocks to one incoming webhook."""

    name = "slack"
    is_chat = True

    def __init__(self, webhook: Webhook, *, show_names: bool) -> None:
        self._webhook = webhook
        self._show_names = show_names

    @classmethod
    def from_settings(cls, settings: Settings) -> "SlackChannel":
        """The channel of ``settings``. Raises ``ConfigurationError`` when there is no usable webhook."""
        return cls(Webhook.from_settings(settings), show_names=settings.alert_show_names)

    def render(self, digest: Digest) -> list[Message[SlackPayload]]:
        title = morning.title(digest)
        heading = _section(_lines([f"*{_text(title)}*", *(_text(note, _NOTE) for note in morning.notes(digest))]))
        footing = {"type": "context", "elements": [_markdown(_text(messages.ESTIMATE_NOTE, _NOTE))]}
        room = MAX_MESSAGE - _size(heading) - _size(footing) - _ENVELOPE
        listed = digest.leads[:MOST_LISTED]
        sections = [_section(_lead(morning.new_lead(lead, self._show_names, digest.as_of))) for lead in listed]
        sections += _further(digest, len(listed))
        groups = list(_groups(sections, room, MAX_BLOCKS - 2)) or [[]]
        rendered = []
        start = 0
        for number, group in enumerate(groups, 1):
            part = f"{title} (part {number} of {len(groups)})" if len(groups) > 1 else title
            first = heading if number == 1 else _section(f"*{_text(part)}*")
            covered = tuple(lead.parcel_id for lead in listed[start : start + len(group)])
            rendered.append(self._message(part, [first, *group, footing], covered))
            start += len(group)
        return rendered

    def render_failure(self, notice: FailureNotice) -> Message[SlackPayload]:
        context = messages.failure_context(notice)
        lines = [*_heading(context), _text(context["error"], 1_500)]
        if context["hint"]:
            lines.append(f"What to do: {_text(context['hint'])}")
        lines.append(f"Day {context['day']}, after {context['duration']} with all retries.")
        return self._message(context["title"], [_section(_lines(lines))])

    def render_profile_change(self, change: ProfileChange) -> Message[SlackPayload]:
        context = messages.profile_change_context(change)
        lines = [*_heading(context), *(_text(line, 1_000) for line in context["lines"])]
        return self._message(context["title"], [_section(_lines([*lines, f"`{context['command']}` shows them."]))])

    def render_findings(self, notice: FindingsNotice) -> Message[SlackPayload]:
        context = messages.findings_context(notice)
        sections = []
        for finding in context["findings"]:
            lines = [f"*{finding['severity']}*: {_text(finding['title'])}"]
            if finding["hint"]:
                lines.append(f"What to do: {_text(finding['hint'])}")
            sections.append(_section(_lines(lines)))
        heading = _section(_lines(_heading(context)))
        room = MAX_MESSAGE - _size(heading) - _ENVELOPE - 2 * _NOTE
        shown = next(_groups(sections, room, MAX_BLOCKS - 2 - bool(context["standing"])), [])
        blocks = [heading, *shown]
        if len(shown) < len(sections):
            blocks.append(_section(f"{len(sections) - len(shown)} more; `wholesaler check` lists them all."))
        if context["standing"]:
            blocks.append(_section(_text(context["standing"])))
        return self._message(context["title"], blocks)

    def send(self, message: Message[SlackPayload]) -> None:
        self._webhook.post(message.payload, message.title)

    def answers(self, message: Message[SlackPayload]) -> list[Answer]:
        return [replace(answer, words="ok") if answer.taken else answer for answer in super().answers(message)]

    def _message(self, title: str, blocks: list[SlackPayload], leads: tuple[str, ...] = ()) -> Message[SlackPayload]:
        text = "\n\n".join(
            block["text"]["text"] if block["type"] == "section" else block["elements"][0]["text"] for block in blocks
        )
        return Message(self.name, title, text, {"text": _text(title), "blocks": blocks}, leads)


def _text(data: str, limit: int = _FIELD) -> str:
    """``data`` escaped for Slack and cut to ``limit`` characters, never inside an entity. Slack has no escape for its
    emphasis marks, so they become look-alikes."""
    escaped = _EMPHASIS.sub("\uff3f", data.translate(_MARKUP))
    return escaped if len(escaped) <= limit else _PARTIAL_ENTITY.sub("", escaped[: limit - 1]).rstrip() + "…"


def _lead(lead: morning.NewLead) -> str:
    return _fit([f"*{_text(lead.place)}*", *(_text(line, _LINE) for line in lead.lines)], lead.links)


def _further(digest: Digest, listed: int) -> Iterator[SlackPayload]:
    """What there is beside the new leads that are listed: one block each for their number, the news and the report."""
    rest = morning.rest_line(digest, listed)
    if rest:
        yield _section(_text(rest))
    for section in morning.sections(digest):
        yield _section(f"*{_text(section.heading)}*")
        for entry in section.entries:
            yield _section(_fit([f"*{_text(entry.place)}*", _text(entry.words, _LINE)], entry.links))
        if section.rest:
            yield _section(_text(section.rest))
    report = morning.report_line(digest)
    if report:
        yield _section(_text(report))


def _fit(lines: list[str], links: Iterable[tuple[str, str]]) -> str:
    """Lines and as many links as there is room for."""
    text = _lines(lines)
    shown: list[str] = []
    for name, address in links:
        link = f"<{_address(address)}|{_text(name, 60)}>"
        if len(text) + sum(map(len, [*shown, link])) + 3 * len(shown) < MAX_SECTION:
            shown.append(link)
    return _lines([text, " · ".join(shown)]) if shown else text


def _address(address: str) -> str:
    """An address as Slack takes it: what would end it is encoded."""
    return address.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")


def _heading(context: dict[str, Any]) -> list[str]:
    return [f"*{_text(context['title'])}*", *([context["remark"]] if context["remark"] else [])]


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _markdown(text: str) -> SlackPayload:
    # verbatim: Slack makes no links and no mentions out of names and addresses.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _section(text: str) -> SlackPayload:
    return {"type": "section", "text": _markdown(text)}


def _size(block: SlackPayload) -> int:
    return len(json.dumps(block, ensure_ascii=False)) + 2


def _groups(sections: list[SlackPayload], room: int, blocks: int) -> Iterator[list[SlackPayload]]:
    """Consecutive ``sections`` in groups of at most ``blocks`` that take up at most ``room`` characters."""
    group: list[SlackPayload] = []
    used = 0
    for section in sections:
        size = _size(section)
        if group and (used + size > room or len(group) == blocks):
            yield group
            group, used = [], 0
        group.append(section)
        used += size
    if group:
        yield group
