"""What several journeys through the window have in common."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.desk import Desk
from tests.helpers.fake_run import FakeLauncher
from tests.helpers.sessions import small_session
from workbench.core.session import Session
from workbench.storage.opening import open_safely
from workbench.storage.reader import read_opened
from workbench.storage.session_file import SessionFiles
from workbench.ui.main_window import MainWindow


def curves(desk: Desk) -> dict[str, tuple[bytes, bytes]]:
    found = desk.window.views.loss.plot.curves()
    return {c.name: (c.x.tobytes(), c.y.tobytes()) for c in found if len(c.x)}


def run_for(desk: Desk, launcher: FakeLauncher, steps: int = 5) -> None:
    """Let a run train to its end."""
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([1 / (1 + step) for step in range(steps)])
    launcher.run.finish()
    desk.wait_for_end()


def start_training(desk: Desk, launcher: FakeLauncher) -> None:
    desk.click("train")
    launcher.run.start()
    launcher.run.advance([3.0, 2.0, 1.0])
    desk.wait(lambda: desk.run.num_steps == 3 and desk.state == "training")


def write_session(path: Path) -> Path:
    SessionFiles().save(small_session(), path)
    return path


def on_disk(path: Path | None) -> Session:
    """Return what is in a session file, also while it is open."""
    assert path is not None
    with open_safely(path, even_in_use=True) as opened:
        return read_opened(opened).session


def is_stored(window: MainWindow) -> bool:
    """Say whether the file has the state of the paused run, up to its last step."""
    run = window.runs._controller.run
    (stored,) = on_disk(window._parts.document.path).runs
    state = stored.checkpoint
    assert run is not None
    return state is not None and state.step == stored.num_steps == run.num_steps
