"""What a field's name says: by the names that publishers were seen to use, and by the words it is made of."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from wholesaler.probe.meanings import MEANINGS, Meaning, Word
from wholesaler.probe.words import normalised, senses

#: column, name as a publisher writes it, in how many lists it was seen
Seen = tuple[str, str, int]
Names = Mapping[str, Mapping[str, float]]
#: how much each word takes away that a column's names do not have
_FOREIGN = 0.6
#: a name of the table is believed the more, the more often it was seen
_DOUBT = 0.35
_LEAST = 0.3


@cache
def seen_names() -> tuple[Seen, ...]:
    """The table that comes with the program."""
    lines = (files(__package__) / "names.tsv").read_text("utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return tuple((column, name, int(count)) for column, name, count in rows)


def known_names(seen: Iterable[Seen]) -> Names:
    """name → column → how sure it is that this name means the column, from 0 to 1."""
    counts: dict[str, dict[str, int]] = {}
    for column, name, count in seen:
        columns = counts.setdefault(normalised(name), {})
        columns[column] = columns.get(column, 0) + count
    return {
        name: {column: count / (sum(columns.values()) + _DOUBT) for column, count in columns.items()}
        for name, columns in counts.items()
    }


def columns_of(name: str, known: Names) -> dict[str, float]:
    """What a name may mean, and how sure that is, from 0 to 1: by the table and by its words."""
    by_table = known.get(normalised(name), {})
    words, unknown = senses(name)
    votes = dict(by_table)
    for meaning in MEANINGS:
        score = _score(meaning, words, unknown)
        if score >= _LEAST:
            votes[meaning.column] = max(votes.get(meaning.column, 0.0), 0.85 * score) + 0.15 * min(
                votes.get(meaning.column, 0.0), score
            )
    return votes


def _score(meaning: Meaning, words: tuple[tuple[str, ...], ...], unknown: float) -> float:
    best = 0.0
    for row in meaning.names:
        rest = _without(row, words)
        if rest is None:
            continue
        beside = meaning.beside.union(*row, ("",))
        foreign = sum(beside.isdisjoint(word) for word in rest)
        besides = sum("" not in word for word in rest) - foreign
        # the row that says most of the name says it best
        best = max(best, 1 - unknown - _FOREIGN * foreign - 0.08 * besides)
    return best


def _without(row: tuple[Word, ...], words: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]] | None:
    """The words that are left when each of the row has taken one; ``None`` where one finds none."""
    if not row:
        return list(words)
    for position, word in enumerate(words):
        if row[0].intersection(word):
            rest = _without(row[1:], (*words[:position], *words[position + 1 :]))
            if rest is not None:
                return rest
    return None
