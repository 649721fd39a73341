"""A publisher's words in place of which ours are kept."""

import re
from collections.abc import Mapping, Sequence

from wholesaler.stages.ingest.convert.values import NULL, copy_text, plain


class Vocabulary:
    """The words of one column, as COPY text; compared without case where none is the same.

    Under ``match``, where that is given, stands no word but a regular expression: what it finds is yes, all else no.
    """

    def __init__(self, words: Mapping[str, str], match: str | None = None) -> None:
        pattern = words.get(match) if match is not None else None
        self._pattern = re.compile(pattern, re.IGNORECASE) if pattern is not None else None
        self._exact = {
            copy_text(plain(written)): copy_text(plain(ours))
            for written, ours in words.items()
            if pattern is None or written != match
        }
        self._folded = {written.casefold(): ours for written, ours in reversed(self._exact.items())}

    @property
    def searches(self) -> bool:
        """Whether texts are searched, and not only compared."""
        return self._pattern is not None

    def replace(self, texts: Sequence[str]) -> list[str]:
        """The column with our words."""
        exact, folded = self._exact, self._folded
        ours = [exact.get(text) or folded.get(text.casefold(), text) for text in texts]
        if self._pattern is None:
            return ours
        search = self._pattern.search
        return [
            word if word == NULL or text in exact or text.casefold() in folded else "yes" if search(text) else "no"
            for text, word in zip(texts, ours, strict=True)
        ]
