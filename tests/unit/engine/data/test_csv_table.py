import csv
import os
import sys

import numpy as np
import pytest

from tests.helpers.load_context import FakeLoadContext
from workbench.core.datasets import CsvTable
from workbench.core.errors import CancelledError, DataError, SettingsError
from workbench.engine.data.csv_table import load_csv
from workbench.engine.data.dataset import Dataset

RAW = {"test_share": 0.0, "standardise_inputs": False, "standardise_target": False}
PLAIN = "size,age,price\n1,10,100\n2,20,200\n3,30,300\n"


linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="makes files that other systems do not have"
)


@pytest.fixture
def context() -> FakeLoadContext:
    return FakeLoadContext()


@pytest.fixture
def load(tmp_path, context):
    def write_and_load(text: str | bytes, **settings) -> Dataset:
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load_csv(CsvTable(path=str(path), **(RAW | settings)), context)

    return write_and_load


def test_that_the_last_column_of_numbers_is_the_target_unless_one_is_named(load):
    data = load(PLAIN)
    assert data.train.inputs.tolist() == [[1, 10], [2, 20], [3, 30]]
    assert data.train.targets.tolist() == [[100], [200], [300]]
    named = load(PLAIN, target=" age ")
    assert named.train.inputs.tolist() == [[1, 100], [2, 200], [3, 300]]
    assert named.train.targets.tolist() == [[10], [20], [30]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_that_delimiters_line_ends_and_a_byte_order_mark_are_understood(
    load, delimiter, ending, mark
):
    data = load(mark + PLAIN.replace(",", delimiter).replace("\n", ending), target="size")
    assert data.train.targets.tolist() == [[1], [2], [3]]
    assert data.train.inputs.tolist() == [[10, 100], [20, 200], [30, 300]]


def test_that_quoted_names_may_hold_the_delimiter_and_blank_lines_are_passed_over(load):
    data = load('"size, in m²" , "price"\n\n 1e-3, "+2."\n-.5,3\n\n')
    assert data.train.inputs.tolist() == [[np.float32(0.001)], [-0.5]]
    assert data.train.targets.tolist() == [[2], [3]]
    assert load("size, cm;weight, kg\n1;2\n3;4\n").train.targets.tolist() == [[2], [4]]


def test_that_columns_of_text_are_left_out_and_named_with_their_line(load, context):
    data = load("town,size,when,price\nBonn,1,x,5\nKöln,2,2024-01-01,6\nUlm,3,,7\n")
    assert data.train.inputs.tolist() == [[1], [2], [3]]
    (notice,) = context.notices
    assert "'town' has 'Bonn' in line 2" in notice
    assert "'when' has 'x' in line 2" in notice


@pytest.mark.parametrize(
    "cell", ["1_000", "inf", "-inf", "1e39", "1e999", "0x10", "1,5", "1 5"]
)
def test_that_what_is_no_plain_number_is_not_read_as_one(load, context, cell):
    data = load(f"a;b;c\n1;2;3\n4;{cell};6\n")
    assert data.train.inputs.tolist() == [[1], [4]]
    assert f"'b' has '{cell}' in line 3" in context.notices[0]


def test_that_a_decimal_comma_is_recognised_and_explained(load):
    with pytest.raises(DataError, match=r"'1,5' in line 2; write decimals with a point"):
        load("a;b\n1,5;2,5\n3,5;4,5\n")


def test_that_a_file_without_a_header_line_gets_names_and_a_notice(load, context):
    data = load("1,2,3\n4,5,6\n", target="x2")
    assert data.train.targets.tolist() == [[2], [5]]
    assert "no header line; its columns are named x1 to x3" in context.notices[0]


def test_that_columns_of_the_same_or_no_name_can_be_told_apart(load):
    data = load("a,a,,b\n1,2,3,4\n5,6,7,8\n", target="a (column 2)")
    assert data.train.targets.tolist() == [[2], [6]]
    assert load("a,\n1,2\n3,4\n", target="column 2").train.targets.tolist() == [[2], [4]]


@pytest.mark.parametrize("gap", ["", " ", "NA", "nan", "NaN", "null", "?", "n/a", "-"])
def test_that_gaps_are_refused_by_line_and_column_unless_told_otherwise(load, gap):
    with pytest.raises(DataError, match=r"table\.csv', line 3: column 'b'.*data\.gaps"):
        load(f"a,b,c\n1,2,3\n4,{gap},6\n")


def test_that_the_first_gap_in_the_file_is_the_one_that_is_named(load):
    with pytest.raises(DataError, match="line 2: column 'c'"):
        load("a,b,c\n1,2,\n4,,6\n7,8,9\n")


def test_that_rows_with_gaps_can_be_dropped(load, context):
    data = load("a,b,c\n1,2,3\n4,,6\n,7,8\n9,10,\n11,12,13\n", gaps="drop")
    assert data.train.inputs.tolist() == [[1, 2], [11, 12]]
    assert context.notices == ["Dropped 3 of 5 rows with gaps."]


def test_that_gaps_can_be_filled_with_means_but_never_in_the_target(load, context):
    data = load("a,b,c\n1,2,3\n4,,6\n,10,8\n9,9,\n", gaps="mean")
    assert data.train.inputs.tolist() == [[1, 2], [4, 6], [2.5, 10]]
    assert data.train.targets.tolist() == [[3], [6], [8]]
    assert "Dropped 1 of 4 rows" in context.notices[0]
    assert "Filled 2 gaps" in context.notices[1]


def test_that_a_column_without_any_value_is_left_out(load, context):
    data = load("a,b,c\n1,,3\n4,,6\n", gaps="refuse")
    assert data.train.inputs.tolist() == [[1], [4]]
    assert "'b' has no values" in context.notices[0]


@pytest.mark.parametrize(
    ("text", "settings", "words"),
    [
        ("", {}, "is empty"),
        ("\n\n  \n", {}, "is empty"),
        ("a,b\n", {}, "has no rows"),
        ("a,b\n1,2\n", {}, "only one row"),
        ("a,b\nx,y\nz,w\n", {}, "no column of numbers: column 'a' has 'x' in line 2"),
        ("a,b\n,\n,\n", {}, "has no rows"),
        ("a\n1\n2\n", {}, "no column of numbers beside 'a'"),
        ("a,b\n1,x\n2,y\n", {}, "no column of numbers beside 'a'"),
        (PLAIN, {"target": "cost"}, "no column 'cost'.*size, age, price"),
        ("a,b\n1,x\n2,y\n", {"target": "b"}, "target is no number.*'b' has 'x' in line 2"),
        ("a,b\n1,5\n2,5\n", {}, "target 'b' is 5 in every row"),
        ("a,b\n1,2\n3\n", {}, "line 3: 1 values, but the first line has 2"),
        ("a,b\n1,2\n3,4,5\n", {}, "line 3: 3 values, but the first line has 2"),
        ("a,b\n1,2\n3,\n,4\n", {"gaps": "drop"}, "only one row"),
        (b"a,b\n1,2\n\xe4,3\n", {}, "not text in UTF-8"),
        (b"a,b\n1,2\n3,\x00\n", {}, r"not a table of text \(line 3\)"),
        ('a,b\n1,2\n"3,' + "4\n" * 100_000, {}, "field larger.*quotation marks"),
        ("a,b\n1," + "2" * 1_100_000, {}, "not a table of text"),
    ],
)
def test_that_a_file_that_cannot_be_used_is_an_error_that_says_why(
    load, text, settings, words
):
    with pytest.raises(DataError, match=rf"(?s)table\.csv'.*{words}|{words}"):
        load(text, **settings)


@linux_only
def test_that_a_missing_file_a_folder_and_a_pipe_are_errors_and_nothing_waits(
    tmp_path, context
):
    os.mkfifo(tmp_path / "pipe")
    for path in (
        tmp_path / "none.csv",
        tmp_path,
        tmp_path / "pipe",
        "~nobody/x",
        "a" * 300,
    ):
        with pytest.raises(DataError, match=r"data\.path|cannot be read"):
            load_csv(CsvTable(path=str(path)), context)


def test_that_no_chosen_file_is_named_as_a_setting(context):
    with pytest.raises(SettingsError, match=r"data\.path: choose"):
        load_csv(CsvTable(), context)


def test_that_two_rows_are_too_few_for_a_large_share_which_is_named(load):
    with pytest.raises(SettingsError, match=r"data\.test_share"):
        load("a,b\n1,2\n3,4\n", test_share=0.9)


@linux_only
def test_that_names_of_any_kind_are_shown_in_one_line(tmp_path, context):
    path = tmp_path / "ta\nble é 😀.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="é 😀\\.csv' has only one row") as caught:
        load_csv(CsvTable(path=str(path)), context)
    assert "\n" not in str(caught.value)


def test_that_many_rows_arrive_exactly_and_reading_can_be_stopped(tmp_path, context):
    values = np.random.default_rng(0).standard_normal((5000, 4))
    path = tmp_path / "large.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["a", "b", "c", "d"], *values.tolist()])
    data = load_csv(CsvTable(path=str(path), **RAW), context)
    assert np.array_equal(data.train.inputs.numpy(), values[:, :3].astype(np.float32))
    assert np.array_equal(data.train.targets[:, 0].numpy(), values[:, 3].astype(np.float32))
    assert 0 < context.reports[0][1] <= 1
    with pytest.raises(CancelledError):
        load_csv(CsvTable(path=str(path)), FakeLoadContext(stop_at="Reading large.csv"))


def test_that_text_far_down_in_a_file_still_leaves_its_column_out(load, context):
    rows = "".join(f"{i},{i},{i}\n" for i in range(5000))
    data = load(f"a,b,c\n{rows}1,x,2\n{rows}")
    assert data.train.inputs.shape == (10_001, 1)
    assert "'b' has 'x' in line 5002" in context.notices[0]


def test_that_inputs_and_target_are_standardised_on_the_training_rows(load):
    rows = "".join(f"{i},{i * i},{7 - 3 * i}\n" for i in range(50))
    data = load(
        f"a,b,c\n{rows}", test_share=0.2, standardise_inputs=True, standardise_target=True
    )
    assert len(data.train) == 40
    assert data.train.inputs.mean(0).abs().max() < 1e-6
    original = data.test.targets * data.target_std + data.target_mean
    numbers = np.round((7 - original[:, 0].numpy()) / 3).astype(int)
    assert np.allclose(7 - 3 * numbers, original[:, 0].numpy(), atol=1e-4)
