"""Durations of the command line."""

import pytest

from wholesaler.cli.durations import seconds_of
from wholesaler.errors import UsageError


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("0", 0), ("45", 45), ("0s", 0), ("90s", 90), ("10m", 600), ("1h", 3600), ("1h30m", 5400), ("2d", 172800)],
)
def test_a_duration_is_read(written: str, seconds: float) -> None:
    assert seconds_of("--wait-lock", written) == seconds


@pytest.mark.parametrize("written", ["", "m", "-1", "1.5h", "10 m", "10m later", "1w", "١s"])
def test_what_is_no_duration_is_wrong_usage_and_names_the_option(written: str) -> None:
    with pytest.raises(UsageError) as caught:
        seconds_of("--wait-lock", written)
    assert caught.value.message == (f"--wait-lock: '{written}' is no duration; expected one such as 90s, 10m or 1h30m.")
