from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.runs import add_steps, make_plan, start_run
from workbench.core.events import RunFinished
from workbench.core.landscape import Landscape
from workbench.core.run import Run
from workbench.ui.docks.landscape_path import LandscapePath
from workbench.ui.docks.landscape_view import LandscapeView
from workbench.ui.plots.contours import Bowl

STEEP, FLAT = 8.0, 0.5
START = (1.0, -2.0)  # along the steepest and the flattest axis


@pytest.fixture
def view(qtbot: QtBot) -> LandscapeView:
    view = LandscapeView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    return view


def descent(
    *,
    lr: float = 0.1,
    steps: int = 20,
    name: str = "sgd 1",
    colour: int = 0,
    kind: str = "sgd",
) -> Run:
    """Return a run of gradient descent on the bowl; each axis by its own recursion."""
    plan = make_plan(
        model={"kind": "linear"},
        optimizer={"kind": kind, "lr": lr},
        loop={"full_batch": True},
    )
    run = start_run(plan=plan, name=name, colour=colour, total_steps=steps)
    run.history.landscape = Landscape(np.array([STEEP, 2.0, FLAT]), (STEEP, FLAT), 0.1)
    extend(run, lr, range(steps + 1))
    add_steps(run, [1.0] * steps, lr)
    return run


def extend(run: Run, lr: float, steps: range) -> None:
    for step in steps:
        run.history.path.append(
            step, START[0] * (1 - lr * STEEP) ** step, START[1] * (1 - lr * FLAT) ** step
        )


def path(view: LandscapeView, run: Run) -> LandscapePath:
    return view._paths[run.id]


def names(view: LandscapeView) -> list[str]:
    return [entry.name for entry in view.plot.legend]


def test_that_an_empty_view_says_when_a_landscape_appears(view: LandscapeView) -> None:
    assert "model Linear" in view.plot.message
    assert "Mean squared error" in view.plot.message
    assert view.plots() == {}


def test_that_a_linear_run_that_has_not_begun_says_so(view: LandscapeView) -> None:
    run = descent()
    run.history.landscape = None
    view.show_runs([run])
    view.focus_run(run)
    assert "first step" in view.plot.message
    run.apply(RunFinished(20, 1.0))
    view.refresh()
    assert "not known" in view.plot.message


def test_that_another_model_is_told_what_is_needed(view: LandscapeView) -> None:
    view.show_runs([start_run()])
    assert "model Linear" in view.plot.message


def test_that_the_path_lies_in_the_bowl_with_start_and_end_marked(
    view: LandscapeView,
) -> None:
    run = descent()
    view.show_runs([run])
    assert view.plot.message == ""
    assert list(view.plots()) == ["landscape"]
    assert view.plot.bowl == Bowl(STEEP, FLAT)
    shown = path(view, run)
    points = run.history.path.points()
    assert shown.line.x.tolist() == points[:, 1].tolist()  # the flattest lies along x
    assert shown.line.y.tolist() == points[:, 0].tolist()
    assert (shown.start.x[0], shown.start.y[0]) == (START[1], START[0])
    assert shown.now.x[0] == points[-1, 1]
    assert len(shown.dots.x) == 21


def test_that_the_minimum_and_the_whole_path_are_in_view(view: LandscapeView) -> None:
    view.show_runs([descent()])
    (x_low, x_high), (y_low, y_high) = view.plot.canvas.ranges()
    assert x_low < START[1]
    assert x_high > 0
    assert y_low < 0
    assert y_high > START[0]


@pytest.mark.parametrize(
    ("lr", "verdict"), [(0.245, "lr 0.245 → stable"), (0.255, "lr 0.255 → unstable")]
)
def test_that_the_text_says_the_bound_and_what_it_means(
    view: LandscapeView, lr: float, verdict: str
) -> None:
    view.show_runs([descent(lr=lr)])
    assert "λₘₐₓ = 8 " in view.plot.summary
    assert "2/λₘₐₓ = 0.25" in view.plot.summary
    assert verdict in view.plot.summary


def test_that_new_points_appear_with_the_next_refresh(view: LandscapeView) -> None:
    run = descent(steps=5)
    view.show_runs([run])
    before = path(view, run).line.x
    view.refresh()
    assert path(view, run).line.x is before  # nothing new, nothing done
    extend(run, 0.1, range(6, 8))
    view.refresh()
    assert len(path(view, run).line.x) == 8
    assert "now" in names(view)
    run.apply(RunFinished(7, 1.0))
    view.refresh()
    assert "end" in names(view)


def test_that_runs_with_the_same_bowl_lie_over_one_another(view: LandscapeView) -> None:
    one, two = descent(), descent(name="adam 1", colour=1, kind="adam")
    view.show_runs([one, two])
    assert names(view)[:2] == ["sgd 1", "adam 1"]
    theme = view.plot.theme
    assert path(view, one).ink(theme) != path(view, two).ink(theme)
    assert "sgd 1: lr 0.1 → stable" in view.plot.summary
    assert "adam 1: lr 0.1 → no bound is known for Adam" in view.plot.summary


def test_that_runs_with_another_bowl_are_named_and_left_out(view: LandscapeView) -> None:
    one, two = descent(), descent(name="other data", colour=1)
    two.history.landscape = Landscape(np.array([9.0, 2.0, FLAT]), (9.0, FLAT), 0.1)
    view.show_runs([one, two, start_run()])
    assert set(view._paths) == {one.id}
    assert "other data" in view.plot.note
    assert "mlp" not in view.plot.note  # it has no landscape at all
    view.focus_run(two)
    assert set(view._paths) == {two.id}
    assert view.plot.bowl == Bowl(9.0, FLAT)


def test_that_a_run_no_longer_shown_is_gone(view: LandscapeView) -> None:
    one, two = descent(), descent(colour=1)
    view.show_runs([one, two])
    view.show_runs([two])
    assert set(view._paths) == {two.id}
    view.show_runs([])
    assert not view._paths
    assert view.plot.message


def test_that_a_diverging_path_leaves_the_picture_and_is_told(view: LandscapeView) -> None:
    run = descent(lr=0.3, steps=60)
    view.show_runs([run])
    (x_low, _), (_, y_high) = view.plot.canvas.ranges()
    assert x_low > -20
    assert y_high < 20
    farthest = 1.4**60
    assert f"{farthest:.4g}".replace("e+0", "e") in view.plot.note
    assert path(view, run).line.y[-1] == pytest.approx(farthest)


def test_that_points_that_overflow_are_left_out(view: LandscapeView) -> None:
    run = descent(steps=3)
    run.history.path.append(4, float("nan"), float("inf"))
    view.show_runs([run])
    assert np.isfinite(view.plot.canvas.ranges()).all()
    assert path(view, run).now.x[0] == run.history.path.points()[3, 1]
    assert "∞" in view.plot.note


def test_that_a_path_that_starts_at_the_minimum_can_be_shown(view: LandscapeView) -> None:
    run = descent(steps=0)
    run.history.path = type(run.history.path)()
    run.history.path.append(0, 0.0, 0.0)
    view.show_runs([run])
    (low, high), _ = view.plot.canvas.ranges()
    assert low < 0 < high


def test_that_a_single_weight_is_a_valley_without_end(view: LandscapeView) -> None:
    run = descent()
    run.history.landscape = Landscape(np.array([STEEP]), (STEEP, 0.0), 0.1)
    view.show_runs([run])
    assert view.plot.bowl == Bowl(STEEP, 0.0)
    assert not view.grab().isNull()


def test_that_the_present_learning_rate_of_a_schedule_is_judged(
    view: LandscapeView,
) -> None:
    run = descent(lr=0.3, steps=4)
    add_steps(run, [1.0], 0.01)
    view.show_runs([run])
    assert "lr 0.01 → stable" in view.plot.summary


def test_that_it_can_be_painted_also_when_zoomed_far_in_and_out(
    view: LandscapeView,
) -> None:
    view.show_runs([descent()])
    view.show()
    for size in (1e-9, 1e9):
        view.plot.canvas.set_ranges((-2 - size, -2 + size), (-size, size))
        view.plot.canvas.zoomed.emit()
        assert not view.grab().isNull()
