"""Reading and showing numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.numbers import format_number, format_short, parse_float, parse_int

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite)
def test_that_a_shown_number_reads_back_as_the_very_same(value: float) -> None:
    read = parse_float(format_number(value))
    assert (read, math.copysign(1, read)) == (value, math.copysign(1, value))


@given(st.integers(-(10**28), 10**28))
def test_that_a_shown_whole_number_reads_back_as_the_very_same(value: int) -> None:
    assert parse_int(format_number(value)) == value


@given(finite)
def test_that_python_and_we_read_the_same_number_from_its_repr(value: float) -> None:
    assert parse_float(repr(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("0.001", 0.001),
        (" 64 ", 64.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("+2E+2", 200.0),
        ("-0", 0.0),
        ("0e5", 0.0),
        ("5e-324", 5e-324),
    ],
)
def test_that_usual_spellings_of_a_number_are_read(text: str, value: float) -> None:
    assert parse_float(text) == value


@pytest.mark.parametrize("text", ["0,001", "1,000", "1,000.5", "1.000,5", ","])
def test_that_a_comma_is_refused_and_never_guessed_at(text: str) -> None:
    for parse in (parse_float, parse_int):
        with pytest.raises(ValueError, match="has a comma"):
            parse(text)


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "-Infinity", "1e", "e3", "1_000", "0x10", "1 2", "١٢", "--1"]
)
def test_that_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_float(text)
    with pytest.raises(ValueError, match="is not a whole number"):
        parse_int(text)


def test_that_a_number_out_of_range_is_refused_and_not_made_infinite_or_zero() -> None:
    with pytest.raises(ValueError, match="too large"):
        parse_float("1e400")
    with pytest.raises(ValueError, match="too small"):
        parse_float("1e-400")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e3", 1000), ("64.0", 64), ("6.4e1", 64), ("-2", -2), ("1e23", 10**23)],
)
def test_that_a_whole_number_may_be_written_like_any_other(text: str, value: int) -> None:
    assert parse_int(text) == value


@pytest.mark.parametrize("text", ["1.5", "1e-1", "1e400", "1e999999999", "0.1e0"])
def test_that_what_is_not_whole_or_absurdly_large_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a whole number"):
        parse_int(text)


def test_that_too_many_digits_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="too many digits"):
        parse_int("9" * 100_000)


def test_that_a_message_about_endless_text_stays_short() -> None:
    with pytest.raises(ValueError, match="not a number") as caught:
        parse_float("x" * 1_000_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.001, "0.001"),
        (1e-4, "1e-4"),
        (0.00025, "2.5e-4"),
        (1e-8, "1e-8"),
        (0.1, "0.1"),
        (64.0, "64"),
        (100, "100"),
        (1e16, "1e16"),
        (0.0, "0"),
        (-1.5, "-1.5"),
    ],
)
def test_that_numbers_are_shown_as_people_write_them(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (0.123456, "0.1235"),
        (1.0, "1"),
        (1e-5, "1e-5"),
        (123456.0, "1.235e5"),
        (1e-100, "1e-100"),
        (1e100, "1e100"),
    ],
)
def test_that_measurements_are_shown_in_four_digits(value: float | None, text: str) -> None:
    assert format_short(value) == text


@given(finite.filter(lambda value: 1e-300 < abs(value) < 1e308))
def test_that_four_digits_are_within_half_a_unit_of_the_last(value: float) -> None:
    assert math.isclose(float(format_short(value)), value, rel_tol=5.1e-4)
