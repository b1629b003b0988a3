import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.helpers.runs import finished_classifier, finished_run, start_run
from workbench.core.errors import ExportError
from workbench.core.session import Session
from workbench.ui.pictures import write_pictures

_OF_THE_STEPS = ("loss.png", "effective_lr.png", "effective_lr_map.png")
_TWICE = """
from pathlib import Path
from tests.helpers.runs import finished_run
from workbench.core.session import Session
from workbench.ui.pictures import write_pictures
for name in ("one", "two"):
    for path in write_pictures(Session(), finished_run(), Path({folder!r}) / name):
        print(path.name)
"""


def colours_in(path: Path) -> int:
    image = QImage(str(path))
    assert (image.width(), image.height()) == (1600, 1000)
    corners = [(0, 0), (1599, 0), (0, 999), (1599, 999)]
    assert {image.pixelColor(*corner).name() for corner in corners} == {"#ffffff"}
    return len({image.pixel(x, y) for x in range(0, 1600, 8) for y in range(0, 1000, 2)})


def test_that_a_regression_leaves_a_picture_of_each_plot(
    qapp: QApplication, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "pictures"
    paths = write_pictures(Session(), finished_run(), folder)
    assert [p.name for p in paths] == [*_OF_THE_STEPS, "predictions.png"]
    for path in paths:
        assert colours_in(path) > 20, path.name


def test_that_a_classification_leaves_its_confusion(
    qapp: QApplication, tmp_path: Path
) -> None:
    paths = write_pictures(Session(), finished_classifier(), tmp_path)
    assert [p.name for p in paths] == [*_OF_THE_STEPS, "confusion.png"]
    assert colours_in(paths[-1]) > 20


def test_that_a_run_without_data_leaves_no_empty_pictures(
    qapp: QApplication, tmp_path: Path
) -> None:
    assert write_pictures(Session(), start_run(), tmp_path) == []


def test_that_a_file_in_place_of_the_folder_is_told_in_a_sentence(
    qapp: QApplication, tmp_path: Path
) -> None:
    place = tmp_path / "taken"
    place.write_text("")
    with pytest.raises(ExportError, match="cannot be made"):
        write_pictures(Session(), finished_run(), place)


@pytest.mark.slow
def test_that_no_window_and_no_display_are_needed_and_twice_is_fine(tmp_path: Path) -> None:
    removed = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {k: v for k, v in os.environ.items() if k not in removed}
    done = subprocess.run(
        [sys.executable, "-c", _TWICE.format(folder=str(tmp_path))],
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == 2 * [*_OF_THE_STEPS, "predictions.png"]
