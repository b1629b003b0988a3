import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.helpers.measured import THREE_LAYERS, measured_run
from tests.helpers.runs import add_steps, diverged_run, finished_run, make_plan, start_run
from workbench.core.events import (
    LossExploded,
    ReplayEnded,
    ReplayProgressed,
    RunDiverged,
    RunPaused,
    RunResumed,
)
from workbench.core.rates import Quantity, RateSeries
from workbench.core.run import Run
from workbench.ui.docks.accident_words import divided_lr
from workbench.ui.docks.postmortem_view import PostmortemView
from workbench.ui.docks.two_rows import TwoRows
from workbench.ui.forms.choice_box import ChoiceBox

KEPT = (100, 150, 190, 196)
GRADIENT = Quantity.GRADIENT_NORM


@pytest.fixture
def view(qtbot: QtBot) -> PostmortemView:
    view = PostmortemView()
    qtbot.addWidget(view)
    view.resize(700, 400)
    view.show()
    return view


def calm_run(*, on_explosion: str = "pause", every: int = 1) -> Run:
    """Return a run of 200 steps whose hidden2.weight gets large gradients at the end."""
    plan = make_plan(
        optimizer={"kind": "sgd", "lr": 0.3}, loop={"on_explosion": on_explosion}
    )
    samples = 200 // every
    norms = np.full(samples, 0.5)
    norms[-1] = 150.0
    run = measured_run(
        {("hidden2.weight", GRADIENT): norms}, samples=samples, plan=plan, every=every
    )
    add_steps(run, [2.0] * 197 + [9.0, 80.0, 600.0], 0.3)
    return run


def explode(run: Run, *, paused: bool = True) -> Run:
    run.apply(LossExploded(run.num_steps, 600.0, 2.0))
    if paused:
        run.apply(RunPaused(run.num_steps))
    return run


def diverge(run: Run, tensor: str | None = "hidden1.bias", where: str = "gradient") -> Run:
    run.history.steps.append(math.nan, 0.3)
    run.apply(RunDiverged(run.num_steps, 1.0, math.nan, tensor, where))
    return run


def button(view: PostmortemView, name: str) -> QPushButton:
    return view.findChild(QPushButton, name)


def steps(view: PostmortemView) -> QComboBox:
    return view.findChild(QComboBox, "kept_steps")


def empty_text(view: PostmortemView) -> str:
    label = view.findChild(QLabel, "postmortem_empty")
    return label.text() if label.isVisible() else ""


def test_that_nothing_has_gone_wrong_at_first_and_in_good_runs(
    view: PostmortemView,
) -> None:
    assert empty_text(view) == "Nothing has gone wrong."
    assert not button(view, "show_again").isVisible()
    view.focus_run(finished_run())
    assert empty_text(view) == "Nothing has gone wrong."
    assert view.plots() == {}


def test_that_an_explosion_is_told_in_words(view: PostmortemView) -> None:
    view.focus_run(explode(calm_run()))
    words = view.headline.text
    assert "At step 200 the loss leapt to 600, 300 times its usual value." in words
    assert "Usual was 2" in words
    assert "rose from step 198 on" in words
    assert "hidden2.weight grew most: its gradient norm reached 300 times" in words
    assert empty_text(view) == ""


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("weight", "the values of x"),
        ("gradient", "the gradient of x"),
        ("output", "output of x"),
    ],
)
def test_that_a_divergence_names_the_first_tensor_to_go_wrong(
    view: PostmortemView, where: str, words: str
) -> None:
    view.focus_run(diverge(calm_run(), "x", where))
    assert "At step 201 the loss was no longer a finite number: NaN." in view.headline.text
    assert (
        f"First to go wrong: {words}." in view.headline.text or words in view.headline.text
    )


def test_that_nobody_is_blamed_where_nothing_stands_out(view: PostmortemView) -> None:
    view.focus_run(diverged_run())
    view.focus_run(diverge(start_run(), None, ""))
    assert "No tensor stood out" in view.headline.text


def test_that_the_plot_shows_everything_over_its_usual_value(view: PostmortemView) -> None:
    view.focus_run(explode(calm_run()))
    loss, gradient, rate = view.plot.curves()
    assert (loss.name, gradient.name) == ("loss", "‖g‖ of hidden2.weight")
    assert rate.name == "‖Δ‖ / ‖g‖ of hidden2.weight"
    assert loss.x.tolist() == list(range(1, 201))
    assert loss.y[[0, -1]].tolist() == [1.0, 300.0]
    assert gradient.y[[0, -1]].tolist() == [1.0, 300.0]
    assert set(rate.y) == {1.0}
    assert view.plot.log_y
    assert view.plots() == {"accident": view.plot}


def test_that_only_the_last_two_hundred_steps_are_drawn(view: PostmortemView) -> None:
    run = diverge(calm_run())
    view.focus_run(run)
    loss = view.plot.curves()[0]
    assert (loss.x[0], loss.x[-1]) == (2, 201)
    assert math.isnan(loss.y[-1])
    cross = view.plot._cross
    assert (cross.x.tolist(), cross.y.tolist()) == (
        [201.0],
        [300.0],
    )  # the last good height


def test_that_few_samples_are_drawn_as_dots_and_reach_further_back(
    view: PostmortemView,
) -> None:
    run = calm_run(every=20)
    add_steps(run, [2.0] * 300)
    explode(run)
    view.focus_run(run)
    dots = view.plot._gradient_dots
    assert dots.x.tolist() == [20.0 * sample for sample in range(1, 11)]
    assert view.plot.curves()[0].x[0] == 20
    other = explode(calm_run())
    view.focus_run(other)
    assert len(view.plot._gradient_dots.x) == 0


def look_back(run: Run, first: int, last: int, shortfall: str = "") -> Run:
    """Let the run have a close-up in which output.bias gets large gradients at the end."""
    count = last - first + 1
    norms = np.linspace(0.5, 20.0, count)
    norms[-1] = 5000.0
    detail = measured_run({("output.bias", GRADIENT): norms}, samples=count).history.rates
    close_up = RateSeries(detail.tensors)
    close_up.extend(np.arange(first, last + 1.0), detail.values())
    run.history.close_up = close_up
    run.apply(ReplayEnded(last, shortfall))
    return run


def detail_text(view: PostmortemView) -> str:
    return view.findChild(QLabel, "accident_detail").text()


def tensor_box(view: PostmortemView) -> ChoiceBox:
    return view.findChild(ChoiceBox, "accident_tensor")


def test_that_every_step_is_drawn_once_they_have_been_looked_at(
    view: PostmortemView,
) -> None:
    run = explode(calm_run(every=20))
    view.focus_run(run)
    assert "Measured steps only: " in detail_text(view)
    assert len(view.plot._gradient_dots.x) == 10
    look_back(run, 101, 200)
    view.refresh()

    _loss, gradient, rate = view.plot.curves()
    assert detail_text(view) == "Every step from 101 to 200 is drawn."
    assert gradient.x.tolist()[-100:] == list(range(101, 201))
    assert rate.x.tolist()[-100:] == list(range(101, 201))
    assert len(view.plot._gradient_dots.x) == 0
    assert view.plot.tensor == "output.bias"
    assert "output.bias grew most" in view.headline.text


def test_that_a_divergence_is_seen_up_to_the_step_before_it(view: PostmortemView) -> None:
    run = look_back(diverge(calm_run(every=20)), 2, 200)
    view.focus_run(run)
    assert detail_text(view) == "Every step from 2 to 200 is drawn."


def test_that_what_is_missing_is_said_with_its_reason(view: PostmortemView) -> None:
    run = explode(calm_run(every=20))
    look_back(run, 151, 200, "a step takes 0.2 s, which left no time for more")
    view.focus_run(run)
    assert detail_text(view) == (
        "Every step from 151 to 200 is drawn: a step takes 0.2 s, which left no time for "
        "more."
    )
    run.history.close_up = RateSeries()
    run.apply(ReplayEnded(200, "there is not enough memory to do them again"))
    view.refresh()
    assert detail_text(view) == (
        "Measured steps only: there is not enough memory to do them again."
    )


def test_that_a_replay_under_way_is_told(view: PostmortemView) -> None:
    run = explode(calm_run(every=20))
    view.focus_run(run)
    run.apply(ReplayProgressed(3, 200))
    view.refresh()
    assert detail_text(view) == "Looking at every one of the last steps…"


def test_that_a_leap_that_was_only_marked_can_be_looked_at_in_a_pause(
    view: PostmortemView,
) -> None:
    run = explode(calm_run(on_explosion="mark", every=20), paused=False)
    view.focus_run(run)
    assert detail_text(view) == "Measured steps only: pause the run to see every one."


def test_that_the_replay_of_an_earlier_accident_says_nothing_of_this_one(
    view: PostmortemView,
) -> None:
    run = look_back(explode(calm_run(every=20)), 101, 200, "time was up at step 200")
    add_steps(run, [2.0] * 300)
    explode(run)
    view.focus_run(run)
    assert detail_text(view) == (
        "Measured steps only: the steps in between were not done again."
    )


def test_that_another_tensor_can_be_chosen_and_stays(
    view: PostmortemView, qtbot: QtBot
) -> None:
    run = explode(calm_run(every=20))
    view.focus_run(run)
    view.set_kept_steps(run, KEPT)
    box = tensor_box(view)
    assert box.key() == "hidden2.weight"
    assert box.keys() == [tensor.name for tensor in THREE_LAYERS]

    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    assert view.plot.tensor == "hidden1.weight"
    assert view.plot.curves()[1].name == "‖g‖ of hidden1.weight"
    assert view.plot._ring.x.tolist() == [196.0]  # still where one could go back to

    look_back(run, 101, 200)
    view.refresh()
    assert view.plot.tensor == box.key() == "hidden1.weight"
    other = explode(calm_run())
    view.focus_run(other)
    assert box.key() == "hidden2.weight"
    view.focus_run(run)
    assert box.key() == "hidden1.weight"
    diverge(run)
    view.refresh()
    assert view.plot.tensor == box.key() == "hidden1.bias"  # which that one names


def test_that_coming_back_to_a_run_offers_its_good_steps_again(
    view: PostmortemView,
) -> None:
    run = explode(calm_run())
    view.focus_run(run)
    view.set_kept_steps(run, (*KEPT, 200, 201))
    view.focus_run(None)
    view.focus_run(run)
    assert steps(view).currentData() == 196
    offered = [steps(view).itemData(place) for place in range(steps(view).count())]
    assert offered == [196, 190, 150, 100]


def test_that_a_layer_whose_output_went_wrong_is_shown_by_its_weight(
    view: PostmortemView,
) -> None:
    view.focus_run(diverge(calm_run(), "output", "output"))
    assert view.plot.tensor == "output.weight"


def test_that_the_newest_good_step_is_offered_and_marked(view: PostmortemView) -> None:
    run = explode(calm_run())
    view.focus_run(run)
    view.set_kept_steps(run, (*KEPT, 197, 199))  # the loss after 197 had leapt
    assert view.kept_steps == (*KEPT, 197, 199)
    assert [steps(view).itemData(i) for i in range(3)] == [199, 197, 196]
    assert steps(view).currentData() == 196
    text = button(view, "rewind").text().replace("&", "")
    assert text == "Rewind to step 196 and divide lr by 10"
    assert view.plot._ring.x.tolist() == [196.0]
    assert "lr 0.03 in place of 0.3" in button(view, "rewind").toolTip()


def test_that_rewinding_asks_for_step_and_rate(view: PostmortemView, qtbot: QtBot) -> None:
    run = explode(calm_run())
    view.focus_run(run)
    view.set_kept_steps(run, KEPT)
    steps(view).setCurrentIndex(steps(view).findData(150))
    with qtbot.waitSignal(view.rewind_requested) as asked:
        qtbot.mouseClick(button(view, "rewind"), Qt.MouseButton.LeftButton)
    assert asked.args == [run, 150, 0.03]
    assert view.plot._ring.x.tolist() == [150.0]


def test_that_there_is_no_rewinding_without_kept_steps(
    view: PostmortemView, qtbot: QtBot
) -> None:
    run = explode(calm_run())
    view.focus_run(run)
    assert not button(view, "rewind").isEnabled()
    assert "in memory" in button(view, "rewind").toolTip()
    view.set_kept_steps(run, (200, 201))  # only from after the accident
    assert not button(view, "rewind").isEnabled()
    view.set_kept_steps(run, (10,))
    assert button(view, "rewind").isEnabled()
    other = explode(calm_run())
    view.focus_run(other)
    assert view.kept_steps == ()
    assert not button(view, "rewind").isEnabled()
    view.focus_run(run)
    assert button(view, "rewind").isEnabled()


def test_that_only_a_paused_run_can_go_on(view: PostmortemView, qtbot: QtBot) -> None:
    run = explode(calm_run())
    view.focus_run(run)
    with qtbot.waitSignal(view.resume_requested):
        qtbot.mouseClick(button(view, "go_on"), Qt.MouseButton.LeftButton)
    run.apply(RunResumed(200))
    view.refresh()
    assert not button(view, "go_on").isVisible()
    diverge(run)
    view.refresh()
    assert not button(view, "go_on").isVisible()


def test_that_what_is_dismissed_stays_away_until_something_new_happens(
    view: PostmortemView, qtbot: QtBot
) -> None:
    run = explode(calm_run())
    view.focus_run(run)
    qtbot.mouseClick(button(view, "dismiss"), Qt.MouseButton.LeftButton)
    assert empty_text(view) == "Nothing has gone wrong since step 200."
    view.focus_run(None)
    view.focus_run(run)
    assert empty_text(view) == "Nothing has gone wrong since step 200."
    qtbot.mouseClick(button(view, "show_again"), Qt.MouseButton.LeftButton)
    assert "At step 200" in view.headline.text
    assert empty_text(view) == ""
    view.dismiss()
    diverge(run)
    view.refresh()
    assert empty_text(view) == ""
    assert "At step 201" in view.headline.text


def test_that_a_new_accident_asks_for_attention_once(
    view: PostmortemView, qtbot: QtBot
) -> None:
    asked: list[int] = []
    view.attention_needed.connect(lambda: asked.append(1))
    run = calm_run()
    view.focus_run(run)
    view.watch(run)
    assert asked == []
    explode(run)
    view.watch(run)
    assert len(asked) == 1
    view.watch(run)
    view.refresh()
    assert len(asked) == 1
    diverge(run)
    view.refresh()
    view.watch(run)
    assert len(asked) == 2


def test_that_old_accidents_are_no_news(view: PostmortemView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.attention_needed):
        view.focus_run(explode(calm_run()))
        view.refresh()


def test_that_a_run_that_is_only_marked_asks_once_in_all(view: PostmortemView) -> None:
    asked: list[int] = []
    view.attention_needed.connect(lambda: asked.append(1))
    run = calm_run(on_explosion="mark")
    view.focus_run(run)
    for _ in range(3):
        explode(run, paused=False)
        view.watch(run)
    assert len(asked) == 1


@pytest.mark.parametrize(("width", "one_row"), [(380, False), (440, False), (700, True)])
def test_that_no_button_is_cut_off(
    view: PostmortemView, qtbot: QtBot, width: int, one_row: bool
) -> None:
    run = explode(calm_run())
    view.focus_run(run)
    view.set_kept_steps(run, KEPT)
    view.resize(width, 300)
    rows = view.findChild(TwoRows)
    shown = [button(view, name) for name in ("rewind", "go_on", "dismiss")]

    def stands() -> bool:
        fits = all(one.width() >= one.sizeHint().width() for one in shown)
        return fits and rows.is_one_row is one_row

    qtbot.waitUntil(stands)
    assert view.width() == width


def test_that_buttons_have_keys_and_tooltips(view: PostmortemView) -> None:
    view.focus_run(explode(calm_run()))
    for name in ("rewind", "go_on", "dismiss", "show_again"):
        assert "&" in button(view, name).text()
        assert button(view, name).toolTip()


@pytest.mark.parametrize(("lr", "tenth"), [(0.3, 0.03), (0.007, 0.0007), (1e-300, 1e-301)])
def test_that_a_tenth_is_exact(lr: float, tenth: float) -> None:
    assert divided_lr(lr) == tenth
