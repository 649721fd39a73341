"""Mutants that do the same as the original, each with why."""

import re

from tests.mutants.mutant import Mutant

#: file and statement, the changed line with ``[old→new]`` in it, why
EQUIVALENT: tuple[tuple[str, str, str], ...] = (
    (
        r"\.sql ",
        r"\[AND (\w+\.)?market = :market→\].*\b(property_)?id = ",
        "beside an id, which is unique among all markets",
    ),
    (r"\.sql ", r"\[ORDER BY property_id→", "what DISTINCT ON keeps of each property does not depend on their order"),
    (r"operations\.sql ", r"\[ORDER BY source→ORDER BY source DESC\], started_at", "nor on the order of the sources"),
    (r"features\.sql ", r"\[AND (\w+\.)?property_id IS NOT NULL→\]", "what belongs to no property joins none"),
    (r"(candidates|operations|postgis|rows)\.sql ", r"\[UNION ALL→UNION\]", "no two of these rows are the same"),
    (r"candidates\.sql ", r"\[AND address IS NOT NULL→\]$", "what has no address has no house number to be asked for"),
    (
        r"consistency\.sql merge_circles",
        r"winner\.id \[=→<>\]|\[AND→OR\] winner\.|\[AND winner\..*→\]",
        "follows more merges, and only circles come back",
    ),
    (r"load\.sql insert_rejects", r"\[min→max\]\(raw", "of records with the same content either is kept"),
    (r"geocode\.py$", r"\[>→>=\] LONGEST_OUTAGE_SECONDS", "an instant"),
    (r"geocode\.py$", r"// \[2→3\]", "smaller parts find the refused address as well"),
    (r"deliveries\.sql pending_leads", r"\[min→max\]\((payload|created_at|place)", "what is told by itself is one row"),
    (r"operations\.sql (pending|refused)_alerts", r"_at \[[<>]→[<>]=\] now", "an instant"),
    (r"basis\.sql basis", r"AS text\), \[\d→", "a hash by another seed tells the same apart"),
    (r"basis\.sql basis", r"\[ORDER BY prosrc→", "any order, as long as it is one"),
    (
        r"candidates\.sql roll_is_whole",
        r"\[ORDER BY roll\.source→",
        "what DISTINCT ON keeps does not depend on their order",
    ),
    (r"candidates\.sql roll_is_whole", r"later\.id \[>→>=\]", "the answer of a roll is none of a list"),
    (
        r"features\.sql ",
        r"\[AND property\.is_active→\] AND :readings",
        "what is inactive is no lead, whatever its parcel",
    ),
    (
        r"geocode\.sql ",
        r"expires_at \[>→>=\] now|\[ORDER BY lookup",
        "an instant; and they are put in another order after",
    ),
    (r"geocode\.sql keep", r"length\(own\.street\) \[<=→<\]", "of two streets of one length only the same fit"),
    (
        r"alert/news\.py$",
        r"before\[name\] \[>→>=\] now|\[-\[1→0\]\]\[.parcel_id",
        "asked of two days that differ; of one parcel",
    ),
    (r"\.py$", r"\bliteral\(\[1→", "EXISTS asks for a row, not for what is in it"),
    (
        r"(geocode|roll|values|stage)\.py$",
        r"^(BATCH|TIMEOUT_SECONDS|LONGEST_OUTAGE_SECONDS|WHOLE_ROLL_FROM\w*|_DATE_CACHE_SIZE|_FAREWELL_SECONDS) = ",
        "measured, and only about cost",
    ),
    (r"candidates\.sql ", r"\[UNION→UNION ALL\]", "an address twice is of one parcel all the same"),
    (r"profile\.py$", r"\[rule\.model_copy.*→\(rule\.model_copy", "a reason without words of a state stays what it is"),
    (r"columns\.py$", r"= lru_cache\(.*→.*\)\(\w+\)$", "of what is kept only the cost depends on how much it is"),
    (r"lookup\.py$", r"^\.limit\(\[1→2\]\)$", "a key, or a parcel number, is of one row"),
    (r"listing\.py$", r"rows\[\[0→-1\]\]\.total", "each row has the total"),
    (r"suppression\.sql suppress$", r"cardinality\(owner_keys\) \[>→>=\] 0", "an owner who is known has a key"),
    (r"suppression\.sql list$", r"\[AND source = 'status'→\]", "what is of a step's event was written by the step"),
    (r"candidates\.sql ", r"\[AND.*→\].* NOT never_merge|\[AND NOT never_merge→\]", "asks for more, decides nothing"),
)


def is_equivalent(mutant: Mutant, source: str) -> bool:
    """Whether the mutant is known to do what the original does."""
    line, where = mutant.change(source), mutant.path
    if where.endswith(".sql"):
        where += " " + re.findall(r"^-- name: (\w+)$", source[: mutant.start], re.MULTILINE)[-1]
    return any(re.search(place, where) and re.search(change, line) for place, change, _ in EQUIVALENT)
