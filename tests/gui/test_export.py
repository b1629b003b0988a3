"""Pictures and tables from the menus."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QDialog,
    QDockWidget,
    QFileDialog,
    QLabel,
    QLineEdit,
    QSpinBox,
)

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from workbench.core.errors import ExportError
from workbench.core.run import Run
from workbench.storage.csv_files import write_csv
from workbench.ui.theme import PlotTheme, light_palette


def run_for(desk: Desk, launcher: FakeLauncher, steps: int = 20) -> None:
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([1 / (1 + step) for step in range(steps)])
    launcher.run.finish()
    desk.wait_for_end()


def choose_folder(desk: Desk, folder: Path) -> None:
    """Answer the question for a folder."""
    dialog = desk.question("export_folder_dialog")
    assert isinstance(dialog, QFileDialog)
    desk.type_into(dialog.findChild(QLineEdit, "fileNameEdit"), str(folder))
    dialog.accept()
    desk.settle()


def fill_in(desk: Desk, dialog: QDialog, path: Path, width: int, height: int) -> None:
    """Fill in the dialog of a picture: size, light colours, file."""
    for name, value in (("export_width", width), ("export_height", height)):
        box = dialog.findChild(QSpinBox, name)
        desk.type_into(box.lineEdit(), str(value))
    desk.choose_in(dialog, "export_colours", "light")
    desk.type_into(dialog.findChild(QLineEdit, "export_file"), str(path))


def has_colour(image: QImage, wanted: QColor) -> bool:
    """Say whether a pixel has that colour, but for rounding."""
    for y in range(image.height()):
        for x in range(image.width()):
            colour = image.pixelColor(x, y)
            parts = zip(colour.getRgb()[:3], wanted.getRgb()[:3], strict=True)
            if all(abs(a - b) <= 3 for a, b in parts):
                return True
    return False


def test_that_a_picture_is_exported_from_the_menu(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    before = desk.window.views.loss.plot.size()
    desk.pick("pictures_menu", "export_loss")
    dialog = desk.question("export_dialog")
    fill_in(desk, dialog, tmp_path / "loss.png", 640, 400)
    desk.push("export_button", dialog)
    desk.wait(lambda: not desk.is_asking())
    image = QImage(str(tmp_path / "loss.png"))
    assert (image.width(), image.height()) == (640, 400)
    ground = light_palette().color(light_palette().ColorRole.Base)
    assert image.pixelColor(0, 0) == ground
    ink = PlotTheme.from_palette(light_palette()).run(desk.run.colour)
    assert has_colour(image, ink)
    assert desk.window.views.loss.plot.size() == before


def test_that_a_picture_that_cannot_be_written_says_why_and_asks_again(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    desk.pick("pictures_menu", "export_loss")
    dialog = desk.question("export_dialog")
    fill_in(desk, dialog, tmp_path / "none" / "loss.png", 640, 400)
    desk.push("export_button", dialog)
    problem = dialog.findChild(QLabel, "export_problem")
    assert "loss.png cannot be written" in problem.text()
    assert problem.isVisible()
    (tmp_path / "none").mkdir()
    desk.push("export_button", dialog)
    desk.wait(lambda: not desk.is_asking())
    assert (tmp_path / "none" / "loss.png").is_file()


def test_that_a_second_picture_does_not_take_the_place_of_the_first(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    names = []
    for _ in range(2):
        desk.pick("pictures_menu", "export_loss")
        dialog = desk.question("export_dialog")
        line = dialog.findChild(QLineEdit, "export_file")
        if not names:
            desk.type_into(line, str(tmp_path / "loss.png"))
        names.append(Path(line.text()))
        desk.push("export_button", dialog)
        desk.wait(lambda: not desk.is_asking())
    assert [path.name for path in names] == ["loss.png", "loss-2.png"]
    assert all(path.is_file() for path in names)


def test_that_a_picture_is_replaced_only_where_that_was_agreed_to(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    path = tmp_path / "loss.png"
    path.write_bytes(b"mine")
    desk.pick("pictures_menu", "export_loss")
    dialog = desk.question("export_dialog")
    desk.type_into(dialog.findChild(QLineEdit, "export_file"), str(path))
    desk.push("export_button", dialog)
    problem = dialog.findChild(QLabel, "export_problem")
    assert problem.text().startswith("loss.png is there already")
    assert path.read_bytes() == b"mine"
    desk.push("export_button", dialog)
    desk.wait(lambda: not desk.is_asking())
    assert not QImage(str(path)).isNull()


def test_that_the_menu_offers_what_the_runs_have(desk: Desk) -> None:
    def offered() -> dict[str, bool]:
        menu = desk.open_menu("pictures_menu")
        found = {a.objectName(): a.isEnabled() for a in menu.actions()}
        menu.close()
        return found

    assert not any(offered().values())
    desk.choose_preset("quickstart-cnn")
    desk.choose_kind("data", "generated")
    desk.set_field("data", "samples", "100")
    desk.set_field("loop", "epochs", "1")
    desk.train()
    assert {name for name, is_there in offered().items() if is_there} >= {
        "export_loss",
        "export_effective_lr",
        "export_confusion",
    }
    assert "export_predictions" not in offered()


def test_that_a_plot_in_a_hidden_dock_is_exported_up_to_date(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.find(QDockWidget, "loss_dock").close()
    run_for(desk, launcher)
    desk.pick("pictures_menu", "export_loss")
    dialog = desk.question("export_dialog")
    fill_in(desk, dialog, tmp_path / "loss.png", 640, 400)
    desk.push("export_button", dialog)
    desk.wait(lambda: not desk.is_asking())
    ink = PlotTheme.from_palette(light_palette()).run(desk.run.colour)
    assert has_colour(QImage(str(tmp_path / "loss.png")), ink)


def test_that_the_tables_of_the_selected_run_are_exported(
    desk: Desk, tmp_path: Path
) -> None:
    desk.set_field("loop", "epochs", "10")
    desk.train()
    desk.set_field("optimizer", "lr", "0.1")
    desk.train()
    desk.click_row(0)
    desk.pick("file_menu", desk.action("export_csv"))
    choose_folder(desk, tmp_path)
    assert desk.notice.startswith("Wrote steps.csv, epochs.csv, effective_lr.csv to ")
    with (tmp_path / "steps.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first = desk.runs[0]
    assert [float(row["loss"]) for row in rows] == list(first.history.steps.loss.values())


def test_that_tables_that_cannot_be_written_are_named(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    (tmp_path / "taken" / "steps.csv").mkdir(parents=True)
    with pytest.raises(ExportError) as refusal:
        write_csv(desk.run, tmp_path / "taken")
    desk.pick("file_menu", desk.action("export_csv"))
    choose_folder(desk, tmp_path / "taken")
    assert desk.notice == str(refusal.value)


def test_that_the_pictures_of_a_run_are_exported_from_its_row(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    run_for(desk, launcher)
    desk.window.views.runs.png_action.trigger()
    choose_folder(desk, tmp_path)
    assert (tmp_path / "loss.png").is_file()
    assert desk.notice.startswith("Wrote loss.png")


def test_that_a_run_without_a_step_has_no_pictures_and_says_so(
    quick_desk: Desk, launcher: FakeLauncher, tmp_path: Path
) -> None:
    desk = quick_desk
    desk.click("train")
    launcher.run.fail("The file is empty.")
    run: Run = desk.wait_for_end()
    desk.window.views.runs.png_action.trigger()
    choose_folder(desk, tmp_path)
    assert desk.notice.startswith(f"{run.name} has nothing to draw")
    assert list(tmp_path.glob("*.png")) == []
