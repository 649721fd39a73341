"""How often locations are wrong, how, and how far apart the right ones are."""

from random import Random

from wholesaler.sample.records import LocationFlaw, Point

_FLAWS = tuple(LocationFlaw)
# Degrees; real notices lie up to some 35 m from the roll's point of their parcel.
_JITTER = 0.0002


def flaw_for(random: Random, share: float = 0.03) -> LocationFlaw | None:
    """A flaw for this share of the records, each kind as often as the others."""
    return random.choice(_FLAWS) if random.random() < share else None


def close_to(random: Random, point: Point) -> Point:
    """Where another list has the same place: up to some 30 m away; degrees."""
    return (
        round(point[0] + random.uniform(-_JITTER, _JITTER), 10),
        round(point[1] + random.uniform(-_JITTER, _JITTER), 10),
    )
