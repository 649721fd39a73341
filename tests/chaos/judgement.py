"""Whether what is there after the reruns is what an undisturbed night gives."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.chaos.beginnings import Undisturbed
from tests.chaos.night import Ended
from tests.chaos.tables import Rows, differences, files
from tests.chaos.world import METRICS, Told, World
from wholesaler.markets import read_market
from wholesaler.pipeline.monitors import is_night

_CHANNELS = ("slack", "email")


@dataclass(frozen=True)
class Judgement:
    """What is wrong, a line each; and how many messages came more than once, which is none of it within limits."""

    faults: tuple[str, ...]
    repeats: int
    #: announcements that had to arrive, over all channels
    announcements: int


def judge(
    undisturbed: Undisturbed,
    nights: Sequence[Ended],
    world: World,
    home: Path,
    found: dict[str, Rows],
    kills: int,
) -> Judgement:
    """Compare tables, files, metrics and messages; ``nights`` are all of a point, the last one undisturbed."""
    last = nights[-1]
    faults = []
    if last.code not in {0, 3}:
        faults.append(f"the rerun ended with {last.code}: {last.log}")
    faults += differences(found, undisturbed.tables)
    if more := sorted(files(home) - undisturbed.files):
        faults.append(f"files left behind: {', '.join(more)}")
    if fewer := sorted(undisturbed.files - files(home)):
        faults.append(f"files missing: {', '.join(fewer)}")
    told = world.told()
    faults += _monitors(world, home)
    announcements, repeats = 0, 0
    for channel in _CHANNELS:
        expected = [one for one in undisturbed.told if one.channel == channel]
        came = [one for one in told if one.channel == channel]
        leads = frozenset[str]().union(*(one.parcels for one in expected))
        failures = {stage for ended in nights for stage in ended.failed_stages}
        announcements += len(leads) + len(undisturbed.findings) + len(failures)
        if lost := leads - frozenset[str]().union(*(one.parcels for one in came)):
            faults.append(f"{channel}: {len(lost)} leads were never announced: {', '.join(sorted(lost)[:5])}")
        if unsaid := [title for title in undisturbed.findings if not any(_says(one.text, title) for one in came)]:
            faults.append(f"{channel}: never announced: {', '.join(unsaid)}; but {[one.title for one in came]}")
        for stage in sorted(failures):
            if not any(stage in one.title.lower() for one in came):
                faults.append(f"{channel}: the failure of {stage} was never announced: {[one.title for one in came]}")
        again = _repeats(came)
        repeats += again
        if again > kills:
            faults.append(f"{channel}: {again} messages came again after {kills} kills: {[one.title for one in came]}")
    return Judgement(tuple(faults), repeats, announcements)


def _says(text: str, title: str) -> bool:
    """Whether a message tells of a finding: what it is and whose, though the numbers may have been others then."""
    head, _, rest = title.partition(":")
    return head in text and all(f"{source}:" in text for source in re.findall(r"\b([a-z_]+): ", rest))


def _repeats(came: Sequence[Told]) -> int:
    """Messages that tell a lead once more, or of no lead and in the same words; their numbers are durations."""
    seen: set[str] = set()
    again = 0
    for one in came:
        tells = one.parcels or {re.sub(r"\d+", "", one.text)}
        again += not seen.isdisjoint(tells)
        seen |= tells
    return again


def _monitors(world: World, home: Path) -> list[str]:
    """What is wrong with what monitors were told of the last night, which was a good one."""
    if not is_night(read_market(world.market), world.day):
        return []
    faults = []
    if world.switch.signals[-1:] != ["success"]:
        faults.append(f"the dead-man's switch was told {world.switch.signals[-3:]}")
    try:
        families = list(text_string_to_metric_families(home.with_name(METRICS).read_text()))
    except (OSError, ValueError) as error:
        return [*faults, f"the metrics cannot be read: {error}"]
    return faults if families else [*faults, "the metrics are empty"]
