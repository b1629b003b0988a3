from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from workbench.core.errors import ExportError
from workbench.ui.plots.curve_plot import CurvePlot
from workbench.ui.plots.export import render, save_png, write_atomically
from workbench.ui.plots.export_dialog import ExportDialog, file_stem
from workbench.ui.plots.items import LineStyle
from workbench.ui.plots.legend import Entry
from workbench.ui.theme import PlotTheme, Scheme, dark_palette, light_palette


def red(_theme: PlotTheme) -> QColor:
    return QColor("#ff0000")


@pytest.fixture
def plot(qtbot: QtBot) -> CurvePlot:
    """A flat red line on a plot that has never been shown."""
    plot = CurvePlot("Loss")
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    plot.add_curve(LineStyle(red), "loss").set_data(
        np.array([0.0, 100.0]), np.array([0.5, 0.5])
    )
    plot.set_legend([Entry("loss", red)])
    plot.follow()
    return plot


def red_rows(image: QImage, column: int) -> int:
    """Count the rows in which the line is, in the middle of the picture."""
    rows = range(image.height() // 4, image.height())
    colours = (image.pixelColor(column, y) for y in rows)
    return sum(c.red() > 200 and c.green() < 90 and c.blue() < 90 for c in colours)


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize(("width", "height", "scale"), [(1600, 1000, 2.0), (801, 603, 1.5)])
def test_that_a_picture_has_exactly_the_pixels_asked_for(
    plot: CurvePlot, tmp_path: Path, shown: bool, width: int, height: int, scale: float
) -> None:
    plot.setVisible(shown)
    save_png(plot, tmp_path / "loss.png", width, height, scale)
    image = QImage(str(tmp_path / "loss.png"))
    assert (image.width(), image.height()) == (width, height)
    corners = [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)]
    ground = plot.theme.background.name()
    assert {image.pixelColor(*corner).name() for corner in corners} == {ground}


def test_that_a_plot_in_a_hidden_tab_fills_its_picture_and_keeps_its_place(
    plot: CurvePlot, qtbot: QtBot
) -> None:
    window = QTabWidget()
    qtbot.addWidget(window)
    window.resize(300, 200)
    window.addTab(QLabel("in front"), "1")
    box = QWidget()
    QVBoxLayout(box).addWidget(plot)
    window.addTab(box, "2")
    window.show()
    image = render(plot, 1600, 1000, 2.0, Scheme.DARK)
    ground = dark_palette().base().color().name()
    assert image.pixelColor(1599, 999).name() == ground
    assert red_rows(image, 1400) >= 1
    window.setCurrentIndex(1)
    assert plot.canvas.isVisible()
    assert plot.canvas.width() < 300
    assert plot.parentWidget() is box
    plot.setParent(None)  # the fixture closes it


@pytest.mark.parametrize("scale", [1.0, 2.0, 4.0])
def test_that_lines_grow_with_the_picture(plot: CurvePlot, scale: float) -> None:
    image = render(plot, int(500 * scale), int(300 * scale), scale)
    assert red_rows(image, image.width() // 2) == pytest.approx(scale, abs=1)


def test_that_a_large_picture_looks_like_the_small_one_enlarged(plot: CurvePlot) -> None:
    small = render(plot, 500, 300, 1.0)
    large = render(plot, 2000, 1200, 4.0).scaled(500, 300)
    differing = sum(
        abs(small.pixelColor(x, y).lightness() - large.pixelColor(x, y).lightness()) > 60
        for x in range(0, 500, 2)
        for y in range(0, 300, 2)
    )
    assert differing < 0.03 * 250 * 150


@pytest.mark.parametrize(
    ("scheme", "palette"), [(Scheme.LIGHT, light_palette), (Scheme.DARK, dark_palette)]
)
def test_that_a_picture_can_be_light_or_dark_whatever_the_window_is(
    plot: CurvePlot, scheme: Scheme, palette: type
) -> None:
    before = plot.theme
    image = render(plot, 400, 300, 1.0, scheme)
    assert image.pixelColor(2, 2).name() == palette().base().color().name()
    assert plot.theme == before


def test_that_the_plot_is_afterwards_as_it_was(plot: CurvePlot) -> None:
    plot.show()
    before = plot.grab().toImage()
    geometry = plot.geometry()
    render(plot, 1600, 1000, 2.0, Scheme.DARK)
    assert plot.geometry() == geometry
    assert not plot.is_exporting
    assert plot.grab().toImage() == before


def test_that_only_pictures_carry_the_title_and_their_own_entries(plot: CurvePlot) -> None:
    entries = [Entry("loss", red), Entry("layer 1", red, only_exported=True)]
    plot.set_legend(entries)
    assert [entry.name for entry in plot.legend] == ["loss"]
    with plot.exporting(plot.size(), 1.0, None) as sheet:
        assert [entry.name for entry in plot.legend] == ["loss", "layer 1"]
        assert not sheet.findChild(QLabel, "plot_title").isHidden()
    assert plot.findChild(QLabel, "plot_title").isHidden()


def test_that_a_file_is_replaced_in_one_piece(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_that_a_missing_folder_is_told_in_words(plot: CurvePlot, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"a\.png cannot be written to .*other folder"):
        save_png(plot, tmp_path / "nowhere" / "a.png", 200, 200)


def test_that_a_place_taken_by_a_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(ExportError, match=r"a\.png cannot be written"):
        write_atomically(tmp_path / "a.png", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_that_a_picture_too_large_for_the_memory_is_told(plot: CurvePlot) -> None:
    with pytest.raises(ExportError, match="choose a smaller one"):
        render(plot, 200_000, 200_000, 1.0)


@pytest.fixture
def dialog(plot: CurvePlot, tmp_path: Path, qtbot: QtBot) -> ExportDialog:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    dialog = ExportDialog(plot, title="Loss", settings=settings)
    qtbot.addWidget(dialog)
    return dialog


def test_that_the_dialog_writes_the_picture_and_remembers_the_folder(
    dialog: ExportDialog, plot: CurvePlot, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    dialog.findChild(QLineEdit, "export_file").setText(str(folder / "mine"))
    dialog.findChild(QSpinBox, "export_width").setValue(640)
    dialog.findChild(QSpinBox, "export_height").setValue(480)
    colours = dialog.findChild(QComboBox, "export_colours")
    colours.setCurrentIndex(colours.findText("Dark"))
    with qtbot.waitSignal(dialog.accepted):
        dialog.save()
    image = QImage(str(folder / "mine.png"))
    assert (image.width(), image.height()) == (640, 480)
    assert image.pixelColor(1, 1).name() == dark_palette().base().color().name()
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    again = ExportDialog(plot, title="Loss", settings=settings)
    qtbot.addWidget(again)
    assert again.path == folder / "loss.png"


def test_that_the_dialog_offers_1600_by_1000(dialog: ExportDialog) -> None:
    assert (dialog.size_px.width(), dialog.size_px.height()) == (1600, 1000)
    assert dialog.path.name == "loss.png"


def test_that_the_dialog_stays_and_says_what_went_wrong(
    dialog: ExportDialog, tmp_path: Path
) -> None:
    dialog.findChild(QLineEdit, "export_file").setText(str(tmp_path / "no" / "a.png"))
    dialog.open()
    dialog.save()
    problem = dialog.findChild(QLabel, "export_problem")
    assert dialog.isVisible()
    assert problem.isVisible()
    assert "cannot be written" in problem.text()


def test_that_a_title_becomes_a_file_name() -> None:
    assert file_stem("Predicted against actual: run/1") == "predicted-against-actual-run-1"
    assert file_stem("…") == "plot"
