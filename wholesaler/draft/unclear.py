"""Words that nobody could tell, as a question: what their records are like, what each is offered as, what it costs."""

from collections.abc import Mapping

from wholesaler.draft.questions import Question
from wholesaler.draft.vocabulary import Words
from wholesaler.markets.records import UNMAPPED
from wholesaler.probe.description import Field

#: words that are named in a sentence
SHOWN = 12


def question_of(kind: str, column: str, words: Words, one: Field) -> Question:
    """The question about a column's words that are not clear."""
    seen = f"Words of {one.name} that nobody could tell, with how often they were met: {listed(words.unclear, one)}."
    if column not in {"status", "deed_status"}:
        return Question(
            seen, 'Take the lines and give each one of yes, no, or "" where it says neither, as it does until then.',
            tuple((word, words.likely.get(word, "")) for word in words.unclear),
            behind=tuple(one.codes.get(word, "") for word in words.unclear) if one.codes else (),
        )  # fmt: skip
    choices = "Active Sale, Lands Available" if column == "deed_status" else "Open, Closed"
    otherwise = "Itself" if column == "deed_status" else "Closed"
    return Question(
        f"{seen} {words.known}".rstrip(),
        f"Take the lines and give each one of {choices}, or itself where neither is meant: it counts as "
        f"{UNMAPPED[kind]} then, and so it does until it is mapped. {otherwise} is offered where nothing says that "
        "it goes on; where that is wrong, its leads are lost.",
        tuple((word, words.likely.get(word, "Closed")) for word in words.unclear),
        behind=tuple(words.figures.get(word, f"{count:,}") for word, count in words.unclear.items()),
    )


def listed(counts: Mapping[str, int], one: Field) -> str:
    """Words of a field with how often they were met; of codes their names too."""
    several = [
        f"'{word}' ({one.codes[word]}, {count:,})" if word in one.codes else f"{_named(word)} ({count:,})"
        for word, count in list(counts.items())[:SHOWN]
    ]
    more = f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
    return ", ".join(several) + more


def _named(word: str) -> str:
    return f"'{word}'" if word else "(none)"
