"""Columns that hold one of our own words: a record with another word, or none, cannot be used."""

from collections.abc import Sequence

from wholesaler.markets.records import Column
from wholesaler.stages.ingest.convert.values import NULL


def read_words(column: Column, field: str, texts: Sequence[str], reasons: list[str]) -> list[str]:
    """The words of a column as the program writes them, whatever their case; ``texts`` are COPY text.

    ``reasons`` gets why a record cannot be used, in the first of its reasons, where ``field`` holds no word of ours.
    """
    words = {text: text.casefold() for text in set(texts) if text.casefold() in column.words}
    if len(words) < len(set(texts)):
        for position, text in enumerate(texts):
            if text not in words and reasons[position] == NULL:
                reasons[position] = _reason(column, field, text)
    return [words.get(text, NULL) for text in texts]


def _reason(column: Column, field: str, text: str) -> str:
    if text == NULL:
        return f"no {column.name}: {field} is empty"
    return f"{field}: '{text}' is no {column.name}; expected one of {', '.join(column.words)}: see values"
