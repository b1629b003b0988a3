"""The pages of the guide, and the settings that are put into them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from workbench.core.errors import UnknownNameError
from workbench.core.guide import LOOKAHEAD, TOPICS, Group, contents, read_page, setting_rows
from workbench.core.optimizers import OPTIMIZERS, Adam, AdamW, Lbfgs, Lookahead, Rprop, Sgd
from workbench.core.paths import resources
from workbench.core.schedules import SCHEDULES
from workbench.core.settings import FieldKind, FieldSpec, Settings, describe

METHODS: dict[str, type[Settings]] = {entry.key(): entry for entry in OPTIMIZERS}
METHODS[LOOKAHEAD] = Lookahead
PLANS = {entry.key(): entry for entry in SCHEDULES}
PAGES = (*TOPICS, *METHODS)
SECTIONS = [
    "Principle",
    "Formulas",
    "Hyperparameters",
    "Strengths",
    "Weaknesses",
    "Where it fits",
    "What the effective learning rate shows",
    "How it fails",
    "Sources",
]
# Defaults that say nothing on their own, such as "starts at 0".
PLAIN_NUMBERS = {"0", "1", "5", "10", "20", "100"}

every_page = pytest.mark.parametrize("key", PAGES)
every_method = pytest.mark.parametrize("key", METHODS)


def raw(key: str) -> str:
    return (resources() / "guide" / f"{key}.md").read_text("utf-8")


def links(key: str) -> list[str]:
    return re.findall(r"\]\(([^)]*)\)", raw(key))


def number(text: str) -> float:
    return float(text.replace("\u202f", "").replace("−", "-"))


def write_page(folder: Path, text: str, key: str = "adam") -> None:
    (folder / f"{key}.md").write_text(text, "utf-8")


@every_method
def test_that_every_optimizer_has_a_page_under_its_own_title(key: str) -> None:
    title = getattr(METHODS[key], "title", "Lookahead")
    assert read_page(key).title == title
    assert title in [entry.title for entry in contents() if entry.key == key]


def test_that_the_contents_list_topics_then_optimizers_in_the_order_of_the_form() -> None:
    entries = contents()
    assert [entry.key for entry in entries] == list(PAGES)
    groups = [entry.group for entry in entries]
    assert groups == [Group.TOPIC] * len(TOPICS) + [Group.OPTIMIZER] * len(METHODS)
    assert all(entry.title for entry in entries)


def test_that_no_file_of_the_guide_is_left_out_of_the_contents() -> None:
    files = {path.stem for path in (resources() / "guide").iterdir()}
    assert files == set(PAGES)


@every_method
def test_that_every_optimizer_page_has_all_sections_and_a_fitting_length(key: str) -> None:
    assert re.findall(r"^## (.+)$", raw(key), re.MULTILINE) == SECTIONS
    assert 300 <= len(raw(key).split()) <= 650


@every_method
def test_that_every_setting_is_listed_and_explained_under_its_title(key: str) -> None:
    page = read_page(key)
    (rows,) = page.tables.values()
    assert rows == setting_rows(METHODS[key])
    for row in rows:
        assert f"- **{row.title}**" in page.text


@pytest.mark.parametrize("key", SCHEDULES.keys())
def test_that_every_schedule_is_explained_with_its_settings(key: str) -> None:
    page, schedule = read_page("schedules"), SCHEDULES[key]
    assert f"## {schedule.title}" in page.text
    rows = setting_rows(schedule)
    assert not rows or rows in page.tables.values()
    for row in rows:
        assert f"**{row.title}**" in page.text


@every_method
def test_that_no_default_is_repeated_in_the_text(key: str) -> None:
    prose = raw(key).split("## Sources")[0]
    words = set(re.findall(r"(?<![\d.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\d.]*\d)", prose))
    for spec in describe(METHODS[key]):
        parts = spec.default if isinstance(spec.default, tuple) else (spec.default,)
        numbers = {spec.format(p) for p in parts if isinstance(p, float)}
        assert not (numbers - PLAIN_NUMBERS) & words, spec.title


@every_page
def test_that_links_lead_to_papers_or_to_other_pages(key: str) -> None:
    for link in links(key):
        is_page = link.removesuffix(".md") in PAGES and link.endswith(".md")
        assert is_page or re.fullmatch(r"https?://[^\s/]+/[^\s]*", link), link


@every_page
def test_that_every_page_names_its_sources(key: str) -> None:
    has_sources = "## Sources" in raw(key)
    assert has_sources
    assert any(link.startswith("https://") for link in links(key))


@every_page
def test_that_each_mark_stands_in_the_text_once(key: str) -> None:
    page = read_page(key)
    for mark in (*page.formulas, *page.tables):
        assert page.text.count(mark) == 1
    assert "$" not in page.text
    assert "{{" not in page.text


def test_that_formulas_are_cut_out_of_the_text(tmp_path: Path) -> None:
    write_page(tmp_path, "# Adam\n\nWith $a_1$:\n\n$$\\frac{a}\n{b}$$\n")
    page = read_page("adam", tmp_path)
    first, second = page.formulas
    assert page.text == f"# Adam\n\nWith {first}:\n\n{second}\n"
    inline, display = page.formulas.values()
    assert (inline.source, inline.display) == ("a_1", False)
    assert (display.source, display.display) == ("\\frac{a} {b}", True)


def test_that_settings_of_another_entry_can_be_listed(tmp_path: Path) -> None:
    write_page(tmp_path, "# Adam\n\n{{settings}}\n\n{{settings one_cycle}}\n")
    own, other = read_page("adam", tmp_path).tables.values()
    assert own == setting_rows(Adam)
    assert [row.title for row in other] == [
        "Rising share",
        "Start divisor",
        "Final divisor",
    ]


def test_that_settings_of_an_unknown_entry_are_refused(tmp_path: Path) -> None:
    write_page(tmp_path, "# Adam\n\n{{settings exponentail}}\n")
    with pytest.raises(UnknownNameError, match="Did you mean 'exponential'"):
        read_page("adam", tmp_path)


@pytest.mark.parametrize("key", ["", "nonsense", "../guide/adam", "/etc/passwd", "adam.md"])
def test_that_only_pages_of_the_contents_are_read(key: str) -> None:
    with pytest.raises(UnknownNameError):
        read_page(key)


def test_that_a_missing_file_is_an_unknown_page(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="adam"):
        read_page("adam", tmp_path)


SPECS = [
    pytest.param(settings, spec, id=f"{name}.{spec.name}")
    for name, settings in {**METHODS, **PLANS}.items()
    for spec in describe(settings)
]


@pytest.mark.parametrize(("settings", "spec"), SPECS)
def test_that_the_shown_default_is_that_of_the_settings(
    settings: type[Settings], spec: FieldSpec
) -> None:
    (row,) = [row for row in setting_rows(settings) if row.title == spec.title]
    shown = row.default.removesuffix(f" {spec.unit}") if spec.unit else row.default
    expected: Any = spec.default
    match spec.kind:
        case FieldKind.BOOL:
            assert shown == ("on" if expected else "off")
        case FieldKind.CHOICE:
            assert shown == expected
        case FieldKind.FLOATS:
            assert tuple(number(part) for part in shown.split(", ")) == expected
        case _:
            assert shown == "empty" if expected is None else number(shown) == expected
    assert row.help == spec.help


@pytest.mark.parametrize(
    ("settings", "title", "expected"),
    [
        (Sgd, "Learning rate", "> 0, ≤ 1\u202f000\u202f000"),
        (Sgd, "Momentum", "≥ 0, < 1"),
        (Sgd, "Nesterov", "on or off"),
        (AdamW, "Betas", "each ≥ 0, < 1"),
        (Rprop, "Etas", "shrink > 0, < 1; grow > 1, ≤ 100"),
        (Lbfgs, "Evaluations", "≥ 1, ≤ 100\u202f000, or empty"),
        (Lbfgs, "Line search", "none or strong_wolfe"),
        (Lookahead, "Momentum", "none, reset or pullback"),
    ],
)
def test_that_ranges_are_written_as_signs(
    settings: type[Settings], title: str, expected: str
) -> None:
    rows = {row.title: row for row in setting_rows(settings)}
    assert rows[title].range == expected


def test_that_units_stand_beside_the_default() -> None:
    rows = {row.title: row for row in setting_rows(Lbfgs)}
    assert rows["History"].default == "100 steps"
