"""Amounts of dollars as people write them."""

from decimal import Decimal

import pytest

from wholesaler.cli.dollars import dollars_of
from wholesaler.errors import UsageError


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("120000", 120_000),
        ("$120,000", 120_000),
        ("120_000", 120_000),
        ("120k", 120_000),
        ("$1.5K", 1_500),
        ("-$20,000.50", Decimal("-20000.50")),
        ("0", 0),
        (" .5 ", Decimal("0.5")),
    ],
)
def test_an_amount_is_read_as_it_is_written(written: str, amount: Decimal) -> None:
    assert dollars_of("--amount", written) == amount


@pytest.mark.parametrize("written", ["", "$", "k", "0,000", "12,00", "1,2345", "1e5", "nan", "lots", "12 000"])
def test_what_is_no_amount_is_wrong_usage(written: str) -> None:
    with pytest.raises(UsageError, match="--amount"):
        dollars_of("--amount", written)
