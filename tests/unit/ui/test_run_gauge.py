import pytest
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import QProgressBar
from pytestqt.qtbot import QtBot

from tests.helpers.runs import finished_run, partial_run
from workbench.core.events import PreparationProgressed
from workbench.core.plan import Plan
from workbench.core.run import Run
from workbench.ui.run_gauge import RunGauge, ThinBar


@pytest.fixture
def gauge(qtbot: QtBot) -> RunGauge:
    gauge = RunGauge()
    qtbot.addWidget(gauge)
    gauge.resize(600, 32)
    gauge.show()
    return gauge


def bar(gauge: RunGauge) -> QProgressBar:
    found: QProgressBar = gauge.findChild(QProgressBar, "progress")
    return found


def test_that_nothing_is_shown_while_no_run_is_under_way(gauge: RunGauge) -> None:
    assert bar(gauge).isHidden()
    assert gauge.words.isHidden()
    gauge.show_run(finished_run())
    assert bar(gauge).isHidden()


def test_that_a_run_under_way_shows_epoch_and_steps(gauge: RunGauge) -> None:
    gauge.show_run(partial_run(steps=80))
    assert not bar(gauge).isHidden()
    assert (bar(gauge).value(), bar(gauge).maximum()) == (80, 200)
    assert gauge.words.text() == "epoch 81 of 100"


def test_that_preparing_is_told_in_words(gauge: RunGauge) -> None:
    run = Run(plan=Plan(), name="a", colour=0)
    run.apply(PreparationProgressed("Downloading CIFAR-10", 0.5))
    gauge.show_run(run)
    assert gauge.words.text() == "Downloading CIFAR-10"
    assert (bar(gauge).value(), bar(gauge).maximum()) == (500, 1000)
    run.apply(PreparationProgressed("Building model", None))
    gauge.show_run(run)
    assert bar(gauge).maximum() == 0
    assert not bar(gauge).isHidden()


def test_that_long_words_make_the_window_no_wider(gauge: RunGauge) -> None:
    before = gauge.minimumSizeHint().width()
    run = Run(plan=Plan(), name="a", colour=0)
    run.apply(PreparationProgressed("Reading pictures " * 30, None))
    gauge.show_run(run)
    assert gauge.minimumSizeHint().width() <= max(before, 300)


@pytest.mark.parametrize(("value", "filled"), [(0, 0.0), (50, 0.5), (100, 1.0)])
def test_that_the_bar_is_filled_as_far_as_the_run_is(
    qtbot: QtBot, value: int, filled: float
) -> None:
    thin = ThinBar()
    qtbot.addWidget(thin)
    thin.setRange(0, 100)
    thin.setValue(value)
    thin.resize(200, 6)
    image = thin.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    accent = thin.palette().color(QPalette.ColorRole.Accent).rgb()
    middle = image.height() // 2
    painted = sum(image.pixel(x, middle) == accent for x in range(image.width()))
    assert painted == pytest.approx(filled * image.width(), abs=4)
