"""What is in a sample county, and that the truth told about it is true."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date

import pytest

from wholesaler.errors import UsageError
from wholesaler.markets import Market, load_market
from wholesaler.markets.parcel import UnusableParcel
from wholesaler.markets.records import DISTRESS_SIGNALS
from wholesaler.sample import County, Signal, Truth, generate
from wholesaler.sample.records import Fault, Record, Unmatched
from wholesaler.sample.vocabulary import DIRECTIONS, GIVEN_NAMES, HOSTILE_NAMES, STREET_TYPES, TREES

AS_OF = date(2025, 11, 20)
ABBREVIATIONS = {**{full: short for short, full in STREET_TYPES.items()}, **{v: k for k, v in DIRECTIONS.items()}}


@pytest.fixture(scope="module")
def market() -> Market:
    return load_market("orange-fl")


@pytest.fixture(scope="module")
def county(market: Market) -> County:
    return generate(7, AS_OF, market=market)


@pytest.fixture(scope="module")
def truth(county: County) -> Truth:
    return county.truth


def test_a_county_has_the_sizes_the_sample_promises(truth: Truth, county: County) -> None:
    assert truth.rows == {
        "tax_sales": 450,
        "foreclosures": 320,
        "code_violations": 5000,
        "distress_events": 100,
        "property_records": len(county.parcels),
    }
    assert 1230 <= len(truth.parcels) <= 1250
    assert 1250 < len(county.parcels) < 1450
    assert len(truth.signals) > 0.95 * 1250
    assert set(truth.signals) <= truth.parcels
    assert 0.02 < len(truth.missing_from_roll) / 1250 < 0.04


@pytest.mark.parametrize(("properties", "violations"), [(100, 0), (120, 300), (333, 400), (3000, 1500)])
def test_a_county_of_another_size_has_the_same_mix(market: Market, properties: int, violations: int) -> None:
    truth = generate(3, AS_OF, properties, violations, market=market).truth
    assert truth.rows["tax_sales"] == round(properties * 0.36)
    assert truth.rows["foreclosures"] == round(properties * 0.256)
    assert truth.rows["code_violations"] == violations
    enough = violations > properties * 0.45
    assert (0.98 * properties <= len(truth.parcels) <= properties) is enough


@pytest.mark.parametrize(("properties", "violations"), [(99, 100), (10**7, 100), (1250, -1)])
def test_an_impossible_size_is_a_usage_error(properties: int, violations: int) -> None:
    with pytest.raises(UsageError, match="A sample county has"):
        generate(1, AS_OF, properties, violations)


def test_every_kind_of_fault_is_there_and_malformed_numbers_are_malformed(
    county: County, market: Market, truth: Truth
) -> None:
    faults = (*truth.rejected, *truth.unusable)
    assert {(bad.row.source, bad.fault) for bad in faults} == {
        ("tax_sales", Fault.MALFORMED_PARCEL),
        ("tax_sales", Fault.MISSING_PARCEL),
        ("tax_sales", Fault.UNREADABLE_DATE),
        ("foreclosures", Fault.MALFORMED_PARCEL),
        ("foreclosures", Fault.UNREADABLE_DATE),
        ("foreclosures", Fault.NEGATIVE_AMOUNT),
        ("code_violations", Fault.MALFORMED_PARCEL),
        ("code_violations", Fault.UNREADABLE_DATE),
        ("distress_events", Fault.UNKNOWN_SIGNAL),
    }
    assert {bad.row.source for bad in truth.rejected} == {"tax_sales", "distress_events"}
    for bad in faults:
        if bad.fault is Fault.MALFORMED_PARCEL:
            form = market.sources[bad.row.source].parcel_form
            with pytest.raises(UnusableParcel):
                market.parcel.canonicalise(str(bad.written), form)
    told = {(bad.row.source, bad.row.number) for bad in faults}
    for source, rows in records(county).items():
        for row in rows:
            at_fault = row.written_parcel is not None or row.values.get("default_amount", 0) < 0
            assert not at_fault or (source, row.number) in told


def records(county: County) -> dict[str, list[Record]]:
    """The rows by source."""
    return {
        "tax_sales": county.tax_sales,
        "foreclosures": county.foreclosures,
        "code_violations": county.violations,
        "distress_events": county.events,
    }


def test_superseded_numbers_are_valid_unknown_to_the_roll_and_at_the_address_of_a_parcel_on_it(
    county: County, market: Market, truth: Truth
) -> None:
    roll = {parcel.parcel_id: parcel for parcel in county.parcels}
    assert truth.superseded
    for old, present in truth.superseded.items():
        assert market.parcel.canonicalise(market.parcel.write(old, "rts"), "rts") == old
        assert old not in roll
        assert old not in truth.parcels
        (row,) = (row for row in county.foreclosures if row.values["parcel"] == old)
        parcel = roll[present]
        assert standard(row.values["address"]) == standard(parcel.address.on_roll())
        assert row.flaw is parcel.location_flaw is None


def standard(address: str) -> str:
    """A blunt standardiser: abbreviations, single spaces, the unit's mark."""
    words = re.sub(r"\b(UNIT|APT)\b", "#", address).replace("#", " # ").split()
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


def loosely(address: str) -> str:
    """The address without the parts that an ambiguous notice leaves out."""
    words = standard(address).split(" # ")[0].split()
    return " ".join(word for word in words if word not in STREET_TYPES and word not in DIRECTIONS)


def test_a_notice_without_a_number_matches_one_address_of_the_roll_or_stays_unmatched(
    county: County, truth: Truth
) -> None:
    strict: dict[str, list[str]] = {}
    loose: dict[str, set[str]] = {}
    for parcel in county.parcels:
        written = parcel.address.on_roll()
        strict.setdefault(standard(written), []).append(parcel.parcel_id)
        loose.setdefault(loosely(written), set()).add(parcel.parcel_id)
    assert 0.07 < len(truth.parcel_less) / 320 < 0.09
    assert {notice.unmatched for notice in truth.parcel_less} - {None} == set(Unmatched)
    for notice in truth.parcel_less:
        found = strict.get(standard(notice.address), [])
        if notice.unmatched is None:
            assert found == [notice.parcel_id], notice
        elif notice.unmatched is Unmatched.CITY:
            assert len(found) == 2, notice
        else:
            assert found == [], notice
            alike = len(loose.get(loosely(notice.address), ()))
            named = notice.unmatched in {Unmatched.DIRECTION, Unmatched.STREET_TYPE, Unmatched.UNIT}
            assert alike >= 2 if named else alike == 0, notice


def test_the_map_tells_who_a_matchable_notice_is_and_not_who_an_ambiguous_one_is(county: County, truth: Truth) -> None:
    roll = {parcel.parcel_id: parcel for parcel in county.parcels}
    unlocated = {bad.row.number for bad in truth.bad_locations if bad.row.source == "foreclosures"}
    for notice in truth.parcel_less:
        if notice.parcel_id is not None:
            assert notice.row.number not in unlocated
            assert roll[notice.parcel_id].location_flaw is None
        elif notice.unmatched in {Unmatched.CITY, Unmatched.DIRECTION, Unmatched.STREET_TYPE}:
            assert notice.row.number in unlocated


def test_no_two_parcels_of_the_roll_share_an_address_except_on_purpose(county: County, truth: Truth) -> None:
    addresses = Counter(parcel.address.on_roll() for parcel in county.parcels)
    shared = {address for address, count in addresses.items() if count > 1}
    assert {standard(address) for address in shared} == {
        standard(notice.address) for notice in truth.parcel_less if notice.unmatched is Unmatched.CITY
    }


def test_duplicates_repeat_their_record_and_twins_lack_its_number(county: County, truth: Truth) -> None:
    rows = records(county)
    sources = Counter((duplicate.row.source, duplicate.same_key) for duplicate in truth.duplicates)
    assert set(sources) == {
        ("tax_sales", True),
        ("foreclosures", True),
        ("foreclosures", False),
        ("code_violations", True),
        ("distress_events", True),
    }
    for duplicate in truth.duplicates:
        row = rows[duplicate.row.source][duplicate.row.number - 1].values
        original = rows[duplicate.of.source][duplicate.of.number - 1].values
        if duplicate.same_key:
            assert row == original
        else:
            assert row["parcel"] is None
            assert original["parcel"] is not None
            assert row["recording_date"] == original["recording_date"]


def keys(rows: Iterable[Record], *columns: str) -> Counter[tuple[object, ...]]:
    return Counter(tuple(row.values[column] for column in columns) for row in rows)


def test_natural_keys_repeat_only_where_the_truth_says_so(county: County, truth: Truth, market: Market) -> None:
    rows = records(county)
    for source, listed in rows.items():
        columns = market.sources[source].key if source in market.sources else ["case_number"]
        repeated = sum(count - 1 for count in keys(listed, *columns).values())
        told = sum(duplicate.row.source == source and duplicate.same_key for duplicate in truth.duplicates)
        assert repeated == told, source


def test_signals_follow_from_the_usable_records(county: County, truth: Truth) -> None:
    unusable = {(bad.row.source, bad.row.number) for bad in (*truth.rejected, *truth.unusable)}
    sold = {
        row.parcel_id
        for row in county.tax_sales
        if ("tax_sales", row.number) not in unusable
        and row.values["deed_status"] == "Active Sale"
        and row.values["sale_date"] >= AS_OF
    }
    assert sold == {parcel for parcel, signals in truth.signals.items() if Signal.TAX_DEED_SALE in signals}
    open_cases = {
        row.values["parcel"]
        for row in county.violations
        if ("code_violations", row.number) not in unusable and row.values["status"] == "Open" and row.values["parcel"]
    }
    assert open_cases == {parcel for parcel, signals in truth.signals.items() if Signal.OPEN_CODE_VIOLATION in signals}
    stacked = sum(len(signals) > 1 for signals in truth.signals.values())
    assert 50 < stacked < 200


def test_two_applications_lie_on_one_parcel_and_lands_available_are_old(county: County, truth: Truth) -> None:
    unusable = {bad.row.number for bad in (*truth.rejected, *truth.unusable) if bad.row.source == "tax_sales"}
    usable = [row for row in county.tax_sales if row.number not in unusable]
    applications = {(row.values["parcel"], row.values["tda_number"]) for row in usable}
    assert len(applications) > len({parcel for parcel, _ in applications})
    lands = [row for row in usable if row.values["deed_status"] == "Lands Available"]
    assert 0.06 < len(lands) / 450 < 0.1
    assert all(row.values["sale_date"] < AS_OF for row in lands)


def test_violations_heap_up_in_places_and_are_absent_in_others(county: County) -> None:
    mile = 1 / 69.05
    cases = [row.point for row in county.violations if row.point is not None]
    counts = []
    for parcel in county.parcels[::12]:
        near = [
            ((x - parcel.longitude) * 0.878, y - parcel.latitude)
            for x, y in cases
            if abs(x - parcel.longitude) < 2 * mile and abs(y - parcel.latitude) < mile
        ]
        within = [(x * x + y * y) ** 0.5 / mile for x, y in near]
        counts.append((sum(miles <= 0.25 for miles in within), sum(miles <= 1 for miles in within)))
    assert sum(mile_count == 0 for _, mile_count in counts) > 0.15 * len(counts)
    assert sum(quarter == 0 < mile_count for quarter, mile_count in counts) > 0
    assert sum(quarter >= 50 for quarter, _ in counts) > 0.1 * len(counts)


def test_values_are_plausible(county: County) -> None:
    for appraisal in (parcel.appraisal for parcel in county.parcels):
        assert appraisal.market == appraisal.land + appraisal.building + appraisal.extra_features
        assert appraisal.market == 100 or 55_000 <= appraisal.market <= 925_000
        assert appraisal.assessed <= appraisal.market
        assert appraisal.taxable == max(appraisal.assessed - appraisal.exemptions, 0)
        assert 0.0099 <= appraisal.taxes / appraisal.market <= 0.0221
    assert any(parcel.appraisal.living_area == 0 for parcel in county.parcels)
    assert any(parcel.appraisal.year_built == 0 < parcel.appraisal.building for parcel in county.parcels)
    amounts = [row.values["default_amount"] for row in county.foreclosures]
    assert 0.4 < sum(amount == 0 for amount in amounts) / len(amounts) < 0.6


def test_every_person_is_invented(county: County) -> None:
    trees, given = {tree.upper() for tree in TREES}, {name.upper() for name in GIVEN_NAMES}
    people = [name for parcel in county.parcels for name in (parcel.owner, parcel.co_owner) if name is not None]
    people += [row.values["borrower_name"] for row in county.foreclosures]
    for name in set(people) - set(HOSTILE_NAMES) - {"PRIVATE FAMILY TRUST"}:
        words = name.upper().split()
        assert trees & set(words[:2]), name
        assert len(words) > 2 or given & set(words), name
    assert {parcel.owner for parcel in county.parcels} >= set(HOSTILE_NAMES)


def test_events_of_distress_are_on_leads_and_on_parcels_of_the_roll_alone(county: County, truth: Truth) -> None:
    roll = {parcel.parcel_id for parcel in county.parcels}
    alone = set(truth.events) - truth.parcels
    assert len(alone - set(truth.signals)) >= 30
    assert len(alone & roll) >= 30
    assert len(set(truth.events) & set(truth.signals)) > 40
    assert set().union(*truth.events.values()) <= set(DISTRESS_SIGNALS)
    assert set(truth.events) <= truth.event_parcels
    closed = [row for row in county.events if row.values["closed_date"] or row.values["status"].lower() == "closed"]
    assert len(closed) == 9
