import numpy as np
import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from tests.helpers.runs import finished_classifier, finished_run, make_confusion, start_run
from workbench.core.events import Confusion, PictureMeasured, Predictions, RunStopped
from workbench.core.run import Run
from workbench.ui.docks.picture_view import PictureView, r_squared, root_mean_square
from workbench.ui.plots.colours import contrast
from workbench.ui.plots.matrix_plot import MatrixPlot
from workbench.ui.theme import dark_palette, light_palette


@pytest.fixture
def view(qtbot: QtBot) -> PictureView:
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    return view


def run_with(actual: list[float], predicted: list[float]) -> Run:
    run = start_run()
    picture = Predictions("test", 7, np.array(actual), np.array(predicted))
    run.apply(PictureMeasured(picture))
    return run


def test_that_an_empty_view_says_what_will_appear_and_how(view: PictureView) -> None:
    assert "confusion matrix" in view.scatter.message
    assert "Train" in view.scatter.message


def test_that_r_squared_and_rmse_are_those_of_the_definition() -> None:
    actual, predicted = np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 3.0, 3.0, 5.0])
    # mean 3, spread 4 + 1 + 0 + 9 = 14, errors 0 + 1 + 0 + 1 = 2
    assert r_squared(actual, predicted) == pytest.approx(1 - 2 / 14)
    assert root_mean_square(predicted - actual) == pytest.approx((2 / 4) ** 0.5)
    assert r_squared(np.ones(3), np.zeros(3)) is None


def test_that_predictions_are_drawn_over_their_targets_with_the_diagonal(
    view: PictureView,
) -> None:
    view.focus_run(run_with([1, 2, 3, 6], [1, 3, 3, 5]))
    assert view._dots.x.tolist() == [1, 2, 3, 6]
    assert view._dots.y.tolist() == [1, 3, 3, 5]
    assert view._diagonal.x.tolist() == view._diagonal.y.tolist() == [1, 6]
    assert view.scatter.summary.startswith("R² 0.857: explains 86 % of the variance")
    assert view.scatter.legend[0].name == "test samples, epoch 7"
    assert list(view.plots()) == ["predictions"]


@pytest.mark.parametrize(
    ("predicted", "words"),
    [
        ([6.0, 1.0], "R² −51.000: worse than guessing the mean"),
        ([3e9, 1.0], "R² −1.8e19: worse than guessing the mean"),
        ([np.nan, 2.0], "1 not finite, left out"),
        ([np.nan, np.inf], "No prediction is finite"),
    ],
)
def test_that_bad_predictions_are_put_into_words(
    view: PictureView, predicted: list[float], words: str
) -> None:
    view.focus_run(run_with([1.0, 2.0], predicted))
    assert words in view.scatter.summary


def test_that_a_newer_picture_replaces_the_old_one(view: PictureView) -> None:
    run = run_with([1, 2], [1, 2])
    view.focus_run(run)
    newer = Predictions("train", 8, np.array([1.0, 2.0]), np.array([2.0, 2.0]))
    run.apply(PictureMeasured(newer))
    view.refresh()
    assert view.scatter.legend[0].name == "train samples, epoch 8"


def test_that_a_classifier_shows_its_confusion_in_words_and_counts(
    view: PictureView, qtbot: QtBot
) -> None:
    run = start_run()
    counts = np.array([[8, 2], [1, 9]])
    run.apply(PictureMeasured(Confusion("test", 3, ("cat", "dog"), counts)))
    view.focus_run(run)
    assert view.matrix.summary == "Accuracy 85.0 %: 17 of 20 right · test samples, epoch 3"
    assert list(view.plots()) == ["confusion"]
    told = view.matrix.matrix.describe(0, 1)
    assert told == "2 of 10 cat were called dog (20.0 %)."


def test_that_the_view_changes_with_the_task_of_the_focused_run(view: PictureView) -> None:
    view.focus_run(finished_classifier())
    assert list(view.plots()) == ["confusion"]
    view.focus_run(finished_run())
    assert list(view.plots()) == ["predictions"]
    view.focus_run(None)
    assert "appear here" in view.plots()["predictions"].message


def test_that_a_run_that_ended_unmeasured_is_told_apart(view: PictureView) -> None:
    run = start_run()
    view.focus_run(run)
    assert "when an epoch has been measured" in view.scatter.message
    run.apply(RunStopped(0, 0.0))
    view.refresh()
    assert "ended before its model was measured" in view.scatter.message


@pytest.mark.parametrize("palette", [light_palette(), dark_palette()])
def test_that_the_diagonal_of_a_good_matrix_stands_out_on_light_and_dark(
    qtbot: QtBot, palette: object
) -> None:
    plot = MatrixPlot("Confusion matrix")
    qtbot.addWidget(plot)
    plot.resize(400, 400)
    plot.setPalette(palette)
    plot.set_counts(np.array([[90, 0], [0, 90]]), ("a", "b"))
    image = plot.grab().toImage()
    cells = plot.matrix._layout()
    at = plot.matrix.pos()
    corner = QPoint(5, 5)  # beside the number
    full = image.pixelColor(cells.cell(0, 0).topLeft().toPoint() + at + corner)
    empty = image.pixelColor(cells.cell(0, 1).topLeft().toPoint() + at + corner)
    assert empty.name() == plot.theme.background.name()
    assert contrast(full, empty) > 5


@pytest.mark.parametrize("size", [2, 10, 100])
def test_that_matrices_of_any_size_keep_inside_their_widget(
    qtbot: QtBot, size: int
) -> None:
    plot = MatrixPlot("Confusion matrix")
    qtbot.addWidget(plot)
    plot.resize(320, 260)
    picture = make_confusion(tuple(f"class number {i}" for i in range(size)))
    plot.set_counts(picture.counts, picture.class_names)
    plot.grab()
    last = plot.matrix._layout().cell(size - 1, size - 1)
    assert last.right() <= plot.matrix.width()
    assert last.bottom() <= plot.matrix.height()


def test_that_a_matrix_of_zeros_has_no_accuracy(view: PictureView) -> None:
    run = start_run()
    counts = np.zeros((2, 2), dtype=np.int64)
    run.apply(PictureMeasured(Confusion("test", 1, ("a", "b"), counts)))
    view.focus_run(run)
    view.matrix.grab()
    assert view.matrix.summary.startswith("Accuracy –: 0 of 0 right")


def test_that_dots_and_legend_have_the_colour_of_the_run(view: PictureView) -> None:
    theme = view.scatter.theme
    for colour in (2, 5):
        run = run_with([1, 2], [1, 2])
        run.colour = colour
        view.focus_run(run)
        wanted = theme.run(colour).name()
        assert view._dots.item.ink.name() == wanted
        assert view.scatter.legend[0].ink(theme).name() == wanted
        image = view.scatter._legend.grab().toImage()
        drawn = {
            image.pixelColor(x, y).name() for x in range(24) for y in range(image.height())
        }
        assert wanted in drawn
