"""A homestead is told by what says yes, and no only where many have it."""

from typing import Any

import pytest

from tests.draft.lists import PARCELS, ROWS, TODAY, looked
from wholesaler.draft.flags import COMMON
from wholesaler.draft.sources import SourceDraft, draft_source


def of_roll(values: list[Any]) -> SourceDraft:
    columns = {"PIN": PARCELS, "OWNER_NAME": [f"MILLER RUTH {n}" for n in range(ROWS)], "HOMESTEAD": values}
    return draft_source(looked(columns, "Parcels"), (), TODAY)


@pytest.mark.parametrize(("has", "unknown"), [(19, True), (20, False)])
@pytest.mark.parametrize(("yes", "no"), [(True, False), ("Y", "N"), ("Yes", "No"), ("1", "0")])
def test_no_of_an_exemption_that_few_have_is_not_known(has: int, unknown: bool, yes: Any, no: Any) -> None:
    assert has in {COMMON * ROWS, COMMON * ROWS - 1}
    source = of_roll([yes] * has + [no] * (ROWS - has))
    assert source.columns.fields["homestead"] == "HOMESTEAD"
    word = str(no).lower() if isinstance(no, bool) else no
    assert source.words["homestead"].mapped == ({word: ""} if unknown else {})
    assert ("homestead" in source.comments) is unknown


@pytest.mark.parametrize("mark", ["Y", "HX", "25000"])
@pytest.mark.parametrize(("has", "unknown"), [(19, True), (20, False)])
def test_what_is_empty_is_no_where_many_have_it(mark: str, has: int, unknown: bool) -> None:
    source = of_roll([mark] * has + [""] * (ROWS - has))
    assert source.columns.fields["homestead"] == {"present": "HOMESTEAD"}
    words = source.words["homestead"].mapped if "homestead" in source.words else {}
    assert words == ({"no": ""} if unknown else {})
