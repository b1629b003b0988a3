"""The line below the rates: how often is measured, and what that costs."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from tests.helpers.runs import add_rates, add_steps, make_plan, noisy_losses, start_run
from workbench.core.measuring import MeasuringCost
from workbench.core.run import Run
from workbench.ui.docks.rate_sampling import SamplingLine
from workbench.ui.docks.rates_bar import ELEMENTS, MAP
from workbench.ui.docks.rates_view import RatesView
from workbench.ui.docks.sampling_words import say_share, say_wish

COST = MeasuringCost(spent_s=1.0, elapsed_s=11.0, samples=100, steps=1000)


@pytest.fixture
def view(qtbot: QtBot) -> RatesView:
    view = RatesView()
    qtbot.addWidget(view)
    view.resize(1000, 400)
    view.show()
    return view


def measured_run(*, cost: MeasuringCost | None = COST, every: int = 0) -> Run:
    run = start_run(plan=make_plan(loop={"sample_every": every}), total_steps=3000)
    add_steps(run, noisy_losses(2400))
    add_rates(run, samples=300, layers=2, every=8)
    run.history.measuring = cost
    return run


def open_menu(line: SamplingLine) -> dict[str, QAction]:
    """Return the choices by the text before the tab."""
    line._menu.aboutToShow.emit()
    return {action.text().partition("\t")[0]: action for action in line._menu.actions()}


def test_that_before_any_run_the_line_says_what_the_next_one_will_do(
    view: RatesView,
) -> None:
    assert view.sampling.text == "measured about 100 times a run"
    view.sampling.set_planned(1)
    assert view.sampling.text == "measured at every step"


def test_that_the_line_names_the_axis_and_the_cost(view: RatesView) -> None:
    view.focus_run(measured_run())
    words = "step · measured every 8 steps · measuring takes 9.1 % of the time"
    assert view.sampling.text == words
    view.set_mode(MAP)
    assert view.sampling.text == words
    view.set_mode(ELEMENTS)
    assert view.sampling.isHidden()


def test_that_a_run_from_a_file_has_no_cost(view: RatesView) -> None:
    view.focus_run(measured_run(cost=None))
    assert view.sampling.text == "step · measured every 8 steps"
    assert all("\t" not in action.text() for action in open_menu(view.sampling).values())


def test_that_a_narrow_line_says_the_share_alone_and_a_narrower_one_nothing(
    view: RatesView,
) -> None:
    view.focus_run(measured_run())
    line = view.sampling
    full = line._how.sizeHint().width()
    line.resize(full + 140, line.height())
    assert line.text == "step · measured every 8 steps · 9.1 % of the time"
    line.resize(full + 20, line.height())
    assert line.text == "step · measured every 8 steps"
    assert "10 ms each" in line._how.toolTip()


def test_that_the_cost_comes_before_how_much_is_drawn(view: RatesView) -> None:
    run = measured_run()
    add_rates(run, samples=1200, layers=2, every=8)
    view.focus_run(run)
    line = view.sampling
    assert line.text.startswith("step · measured every 8 steps · 1 of 2 drawn · measuring")
    line.resize(line._how.sizeHint().width() + 70, line.height())
    assert line.text == "step · measured every 8 steps · 9.1 % of the time"
    assert "1 of 2 drawn" in line._how.toolTip()


def test_that_the_choices_tell_what_they_would_cost(view: RatesView) -> None:
    view.focus_run(measured_run())
    texts = [action.text() for action in open_menu(view.sampling).values()]
    assert texts == [
        "Measure the rates of the next run",
        "About 100 times a run\t≈ 3.2 % of the time",  # one step of 30
        "Every 100 steps\t≈ 0.99 % of the time",
        "Every 10 steps\t≈ 9.1 % of the time",
        "At every step\t≈ 50 % of the time",
    ]


def test_that_a_choice_is_told_and_the_present_one_is_ticked(
    view: RatesView, qtbot: QtBot
) -> None:
    view.focus_run(measured_run())
    view.sampling.set_planned(7)
    choices = open_menu(view.sampling)
    assert [text for text, one in choices.items() if one.isChecked()] == ["Every 7 steps"]
    with qtbot.waitSignal(view.sampling.every_chosen) as chosen:
        choices["At every step"].trigger()
    assert chosen.args == [1]


def test_that_a_wish_for_the_next_run_is_told_where_it_differs(view: RatesView) -> None:
    view.focus_run(measured_run(every=8))
    assert "next run: about 100 times a run" in view.sampling.text
    view.sampling.set_planned(8)
    assert "next run" not in view.sampling.text


def test_that_the_axis_keeps_its_name_in_pictures(view: RatesView) -> None:
    view.focus_run(measured_run())
    axis = view.plot.canvas.bottom
    assert not axis.label.isVisible()
    with view.plot.exporting(view.plot.size(), 2.0, None):
        assert axis.label.isVisible()
    assert not axis.label.isVisible()


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "under 0.1 %"), (0.00123, "0.12 %"), (0.034, "3.4 %"), (0.3456, "35 %")],
)
def test_that_shares_have_two_digits(share: float, words: str) -> None:
    assert say_share(share) == words


@pytest.mark.parametrize(
    ("every", "words"),
    [(0, "about 100 times a run"), (1, "at every step"), (1000, "every 1,000 steps")],
)
def test_that_wishes_are_said_in_words(every: int, words: str) -> None:
    assert say_wish(every) == words
