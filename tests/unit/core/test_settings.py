"""How settings are declared, described and checked."""

from __future__ import annotations

import os
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, field_validator

from workbench.core.catalogue import Catalogue
from workbench.core.errors import SettingsError
from workbench.core.plan import CATALOGUES, PLAIN_SECTIONS, Plan
from workbench.core.settings import (
    CatalogueSettings,
    FieldKind,
    FieldSpec,
    Range,
    Settings,
    build,
    describe,
    setting,
)

Share = Annotated[float, Field(ge=0, lt=1)]
EVERY_SETTINGS_CLASS = [
    *[entry for catalogue in CATALOGUES.values() for entry in catalogue],
    *PLAIN_SECTIONS.values(),
]
EVERY_FIELD = [
    pytest.param(entry, spec, id=f"{entry.__name__}.{spec.name}")
    for entry in EVERY_SETTINGS_CLASS
    for spec in describe(entry)
]


class Sample(CatalogueSettings):
    title = "Sample"
    summary = "One field of each kind."
    kind: Literal["sample"] = "sample"
    rate: float = setting(0.1, "How fast.", title="Rate", above=0, maximum=2, unit="m/s")
    count: int = setting(3, "How many.", title="Count", minimum=1, advanced=True)
    limit: int | None = setting(None, "At most.", title="Limit", minimum=1)
    switch: bool = setting(False, "Whether.", title="Switch")
    choice: Literal["a", "b"] = setting("a", "Which.", title="Choice")
    name: str = setting("", "Whose.", title="Name")
    file: str = setting("", "Where.", title="File", path="file")
    pair: tuple[Share, Share] = setting(
        (0.5, 0.9), "Both.", title="Pair", labels=("p", "q")
    )
    sizes: tuple[int, ...] = setting(
        (8, 8), "All.", title="Sizes", when=("switch", (True,))
    )

    @field_validator("name")
    @classmethod
    def _check_name(cls, value: str) -> str:
        if value == "bad":
            raise ValueError("this name is taken")
        return value


def spec_of(name: str) -> FieldSpec:
    return next(spec for spec in describe(Sample) if spec.name == name)


def problems(values: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SettingsError) as caught:
        build(Sample, values, path="data")
    return {problem.path: problem.message for problem in caught.value.problems}


def test_that_a_field_tells_a_form_all_that_was_declared() -> None:
    rate = spec_of("rate")
    assert (rate.kind, rate.default, rate.unit) == (FieldKind.FLOAT, 0.1, "m/s")
    assert (rate.title, rate.help, rate.advanced) == ("Rate", "How fast.", False)
    assert rate.range == Range(above=0, maximum=2)
    assert spec_of("count").advanced
    assert spec_of("limit").optional
    assert spec_of("choice").choices == ("a", "b")
    assert spec_of("sizes").when == ("switch", (True,))
    assert (spec_of("pair").length, spec_of("pair").labels) == (2, ("p", "q"))
    assert spec_of("sizes").length is None


def test_that_each_type_gets_its_kind_and_the_kind_itself_is_no_field() -> None:
    assert {spec.name: spec.kind for spec in describe(Sample)} == {
        "rate": FieldKind.FLOAT,
        "count": FieldKind.INT,
        "limit": FieldKind.INT,
        "switch": FieldKind.BOOL,
        "choice": FieldKind.CHOICE,
        "name": FieldKind.TEXT,
        "file": FieldKind.FILE,
        "pair": FieldKind.FLOATS,
        "sizes": FieldKind.INTS,
    }


def test_that_bounds_of_the_parts_of_a_tuple_are_known() -> None:
    assert spec_of("pair").range == Range(minimum=0, below=1)


def test_that_a_range_is_said_in_words() -> None:
    assert Range(above=0, maximum=1).describe() == "greater than 0, at most 1"
    assert Range(minimum=0, below=1).describe() == "at least 0, less than 1"
    assert Range().describe() == ""


@pytest.mark.parametrize("value", [0, -1.0, 2.1, float("nan"), float("inf"), "0.1", True])
def test_that_a_bad_number_is_named_with_what_would_be_right(value: object) -> None:
    message = problems({"rate": value})["data.rate"]
    expected = "Rate must be a finite number, greater than 0, at most 2; it is "
    assert message == expected + repr(value)


def test_that_every_problem_is_told_at_once() -> None:
    found = problems({"rate": 0, "count": 0, "choice": "c", "switch": 1})
    assert set(found) == {"data.rate", "data.count", "data.choice", "data.switch"}
    assert found["data.choice"] == "Choice must be one of a, b; it is 'c'"


def test_that_an_unknown_field_is_refused_with_the_nearest_name() -> None:
    assert "Did you mean 'rate'?" in problems({"rat": 1})["data.rat"]


def test_that_a_check_of_its_own_speaks_in_its_own_words() -> None:
    assert problems({"name": "bad"})["data.name"] == "this name is taken"


def test_that_a_bad_part_of_a_tuple_is_told_under_the_name_of_the_field() -> None:
    assert "each at least 0, less than 1" in problems({"pair": (0.5, 1.0)})["data.pair"]


def test_that_a_very_long_value_does_not_make_a_very_long_message() -> None:
    assert len(problems({"choice": "x" * 10_000})["data.choice"]) < 120


def test_that_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Sample().rate = 1.0


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("rate", "1e-3", 0.001),
        ("count", "1e3", 1000),
        ("limit", "", None),
        ("limit", "None", None),
        ("limit", "7", 7),
        ("switch", "on", True),
        ("switch", "False", False),
        ("pair", "0.9, 0.999", (0.9, 0.999)),
        ("pair", "(0.9; 0.999)", (0.9, 0.999)),
        ("sizes", "64,64", (64, 64)),
        ("sizes", "64 32 16", (64, 32, 16)),
        ("choice", "b", "b"),
        ("file", " a b.csv", " a b.csv"),
    ],
)
def test_that_text_is_read_by_the_grammar_of_the_field(
    name: str, text: str, value: object
) -> None:
    assert spec_of(name).parse(text) == value


@pytest.mark.parametrize(
    ("name", "text"), [("rate", "0,1"), ("count", "1.5"), ("switch", "maybe"), ("rate", "")]
)
def test_that_text_outside_the_grammar_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match="'"):
        spec_of(name).parse(text)


@given(
    st.builds(
        Sample,
        rate=st.floats(0, 2, exclude_min=True),
        count=st.integers(1, 10**12),
        limit=st.none() | st.integers(1, 10**6),
        switch=st.booleans(),
        pair=st.tuples(*[st.floats(0, 1, exclude_max=True)] * 2),
        sizes=st.lists(st.integers(-9, 10**6)).map(tuple),
    )
)
def test_that_shown_settings_read_back_to_the_same_settings(sample: Sample) -> None:
    texts = {
        spec.name: spec.format(getattr(sample, spec.name)) for spec in describe(Sample)
    }
    read = {spec.name: spec.parse(texts[spec.name]) for spec in describe(Sample)}
    assert build(Sample, read) == sample


@pytest.mark.parametrize("entry", EVERY_SETTINGS_CLASS)
def test_that_all_defaults_are_valid(entry: type[Settings]) -> None:
    defaults = {spec.name: spec.default for spec in describe(entry)}
    assert build(entry, defaults) == entry()


@pytest.mark.parametrize(("entry", "spec"), EVERY_FIELD)
def test_that_every_field_is_explained_in_one_sentence(
    entry: type[Settings], spec: FieldSpec
) -> None:
    assert spec.title[0].isupper() or spec.title[0] in "βk"
    assert spec.help.endswith(".")
    assert 10 <= len(spec.help) <= 200


@pytest.mark.parametrize(("entry", "spec"), EVERY_FIELD)
def test_that_a_condition_names_a_field_and_values_that_it_can_have(
    entry: type[Settings], spec: FieldSpec
) -> None:
    if spec.when is not None:
        name, values = spec.when
        for value in values:
            assert getattr(build(entry, {name: value}), name) == value


@pytest.mark.parametrize(("entry", "spec"), EVERY_FIELD)
def test_that_labels_name_each_part_of_a_fixed_tuple(
    entry: type[Settings], spec: FieldSpec
) -> None:
    assert len(spec.labels) == (spec.length or 0)


def test_that_a_text_which_no_file_can_hold_is_refused() -> None:
    half = os.fsdecode(b"/data/\xff.csv")
    with pytest.raises(SettingsError, match="not valid text; rename the file"):
        Plan.from_values({"data": {"kind": "csv", "path": half, "target": "y"}})


def test_that_two_entries_with_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="same key"):
        Catalogue("sample", (Sample, Sample))
