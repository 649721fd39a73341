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
    (
        r"(candidates|operations|postal|postgis|rows|suppression)\.sql ",
        r"\[UNION ALL→UNION\]",
        "no two of these rows are the same",
    ),
    (r"features\.sql ", r"\[AND (\w+\.)?property_id IS NOT NULL→\]", "what belongs to no property joins none"),
    (r"candidates\.sql ", r"\[AND address IS NOT NULL→\]$", "what has no address has no house number to be asked for"),
    (
        r"consistency\.sql merge_circles",
        r"winner\.id \[=→<>\]|\[AND→OR\] winner\.|\[AND winner\..*→\]",
        "follows more merges, and only circles come back",
    ),
    (r"load\.sql duplicates", r"HAVING count\(\*\) > \[1→0\]", "of one alone none but the first is joined"),
    (r"load\.sql rejects", r"\[min→max\]\(ordinal", "of records with the same content either is kept"),
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
        r"(blocks|geocode|latest|roll|values|stage)\.py$",
        r"^(BATCH|_BLOCK|_CHUNK|(TIMEOUT|LONGEST_OUTAGE|_FAREWELL)_SECONDS|WHOLE_ROLL_FROM\w*|_DATE_CACHE_SIZE) = ",
        "measured, and only about cost",
    ),
    (
        r"(violations|names)\.sql (dirty_properties|sources_of)",
        r"\[UNION ALL→UNION\]",
        "no two of these rows are the same",
    ),
    (r"(violations|comparables)\.sql ", r"\[\+→-\] (east|north) AS cell", "there are as many cells to both sides"),
    (
        r"violations\.sql dirty_properties",
        r"\[AND counted_(radius_miles = |location::geometry IS NOT DISTINCT).*→\]",
        "what moved, or was counted within another radius, is counted again anyway",
    ),
    (r"violations\.sql dirty_properties", r"generate_series\(.*\[4→5\]", "what is further is kept out"),
    (r"candidates\.sql ", r"\[UNION→UNION ALL\]", "an address twice is of one parcel all the same"),
    (r"owners\.sql mailing", r"\[coalesce\(named\.code, state\.code→", "what is a state's code is no state's name"),
    (r"owners\.sql situs_places", r"OVER \(\), \[1→2\]\)", "one in ten thousand of one is no less than of two"),
    (r"owners\.sql derived_owners", r"\[=→<>\] mailing\.\w+\) IS NULL", "null all the same"),
    (
        r"link\.sql create_properties",
        r"\[AND NOT EXISTS.*→\]",
        "only about cost: of those there are ON CONFLICT makes no second",
    ),
    (
        r"county\.sql write_facts",
        r"\[AND \(signals.*→\]",
        "only about cost: what has no fact and had none is not written",
    ),
    (r"ingest/stage\.py$", r"are_fresh = \[True→False\]", "only about cost: a later stage does it again"),
    (r"ingest/stage\.py$", r"projection != \[4326→", "PostGIS knows degrees too"),
    (r"\.py$", r"\bstrict=\[True→False\]", "as many on either side: another number would be a fault of ours"),
    (r"\.py$", r"usedforsecurity=\[False→True\]", "the digest is the same"),
    (r"latest\.py$", r"zlib\.compress\(.*\[1→2\]", "comes back as it went"),
    (r"latest\.py$", r"_judgement\[ordinal\] = \[1→2\]", "anything but 0 is superseded"),
    (r"profile\.py$", r"\[rule\.model_copy.*→\(rule\.model_copy", "a reason without words of a state stays what it is"),
    (r"columns\.py$", r"\brepeats(: bool = |=)\[", "what is each lead's own is no other's, kept or not"),
    (r"columns\.py$", r"= lru_cache\(.*→.*\)\(\w+\)$", "of what is kept only the cost depends on how much it is"),
    (r"lookup\.py$", r"^\.limit\(\[1→2\]\)$", "a key, or a parcel number, is of one row"),
    (r"listing\.py$", r"METRES_A_MILE \+ \[", "a margin: who is too far away is left out by the miles"),
    (r"listing\.py$", r"DateTime\(timezone=", "the driver gives the zone whatever is said"),
    (r"listing\.py$", r"rows\[\[0→-1\]\]\.total", "each row has the total"),
    (r"listing\.sql leads$", r"\[LEFT JOIN →JOIN \]properties", "a score is of a property"),
    (r"listing\.sql around$", r"\[AND(→OR|.*→)\]", "what lies further away is left out by its miles"),
    (r"postal\.sql ", r"standard\.market = :market \[AND.*→\]", "what nobody asked for is nobody's line"),
    (r"postal\.py$", r'rules\["codes"\], strict=\[', "there are as many names as codes"),
    (
        r"rows\.py$",
        r"^_(CHUNK|KEPT) = |\[>→>=\] _KEPT|stream_results|made is not last\[\[",
        "only about cost",
    ),
    (r"rows\.py$", r"→\(make\)\]|→\(lambda whole|len\(found\) > \[1→2\]|→\(_PLACE\)\]", "the same, at more cost"),
    (r"rows\.py$", r"place\[\[0→1\]\] is not None|→\(source_of\(name\)\)\]", "has both, or no other"),
    (r"sheet\.py$", r"^_COMPRESSION = |copyfileobj|\[>→>=\] _SHORT|_LONGEST // \[2→3\]", "only about cost"),
    (r"sheet\.py$", r"\[>→>=\] zipfile\.ZIP64_LIMIT", "a byte of the twentieth that is added"),
    (r"writers\.py$", r"→\(checked\.safe\(row\)\)\]", "of what nothing would run nothing is changed"),
    (r"writers\.py$", r"self\._places\[:\[1→2\]\]", "looked at twice"),
    (r"suppression\.sql suppress$", r"cardinality\(owner_keys\) \[>→>=\] 0", "an owner who is known has a key"),
    (
        r"(suppression|statuses|forgetting)\.sql ",
        r"market = :market \[AND (suppression\.)?kind = 'parcel'→\]",
        "of a market only parcels are suppressed, which the table checks",
    ),
    (
        r"forgetting\.sql ",
        r"coalesce\((\w+), (\w+)→coalesce\(\2, \1\][^)]*\) IS NOT NULL",
        "whether any of them is there",
    ),
    (r"(dates|outcomes|history)\.sql ", r"\[UNION ALL→UNION\]", "no two are the same, or a UNION follows"),
    (
        r"contact_file\.py$",
        r"if columns\.lead_ids else None→\(cell_text",
        "no cell is under a heading that is not there",
    ),
    (r"contacts\.sql ", r"\[AND suppression\.market = '\*'→\]", "a telephone is suppressed in every market"),
    (r"suppression\.sql unresolved$", r"cardinality\(readings\) > \[0→1\]", "a number of one reading means that"),
    (r"suppression\.sql resolve_parcels$", r"= 1 THEN \[min→max\]", "of one"),
    (
        r"(suppression|working)\.sql ",
        r"\[AND (roll|other)\.owner_key = \w+\.owner_key→\]|\[AND hashtextextended[^→]*→\]",
        "keys are the same where their numbers are, and the index has the numbers",
    ),
    (r"suppression\.sql list$", r"\[AND source = 'status'→\]", "what is of a step's event was written by the step"),
    (r"candidates\.sql ", r"\[AND.*→\].* NOT never_merge|\[AND NOT never_merge→\]", "asks for more, decides nothing"),
)


def is_equivalent(mutant: Mutant, source: str) -> bool:
    """Whether the mutant is known to do what the original does."""
    line, where = mutant.change(source), mutant.path
    if where.endswith(".sql"):
        where += " " + re.findall(r"^-- name: (\w+)$", source[: mutant.start], re.MULTILINE)[-1]
    return any(re.search(place, where) and re.search(change, line) for place, change, _ in EQUIVALENT)
