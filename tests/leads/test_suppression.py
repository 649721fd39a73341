"""What a telephone and a reason are, however they are written."""

import pytest

from wholesaler.errors import UsageError
from wholesaler.leads.suppression import read_reason, standard_telephone


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("(407) 555-0100", "+14075550100"), ("407.555.0100", "+14075550100"), ("1-407-555-0100", "+14075550100"),
        ("+1 407 555 0100", "+14075550100"), ("4075550100.0", "+14075550100"), ("407-555-0100 x12", "+14075550100"),
        ("407 555 0100 ext. 9", "+14075550100"), ("407\u2011555\u20110100", "+14075550100"),
        ("+44 20 7946 0958", "+442079460958"), ("011 44 20 7946 0958", "+442079460958"),
        ("", None), ("555-0100", None), ("107-555-0100", None), ("407-155-0100", None), ("4.07555E+09", None),
        ("407-555-01000", None), ("call him", None), ("+0 407 555 0100", None), ("24075550100", None),
    ],
)  # fmt: skip
def test_a_telephone_is_one_whatever_the_writing(written: str, number: str | None) -> None:
    assert standard_telephone(written) == number


def test_a_reason_is_one_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_reason("Do Not Mail") == "do_not_mail"
    with pytest.raises(UsageError, match=r"no reason 'litigater'. Did you mean 'litigator'\?"):
        read_reason("litigater")
