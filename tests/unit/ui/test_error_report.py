"""Catching and reporting defects of the program."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread, qInstallMessageHandler, qWarning
from pytestqt.qtbot import QtBot

from workbench.ui.error_report import ErrorReport, ErrorReporter


def catch(message: str = "oops") -> ValueError:
    with pytest.raises(ValueError, match=message) as caught:
        raise ValueError(message)
    return caught.value


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "workbench.log"


@pytest.fixture
def reporter(log_file: Path, qtbot: QtBot) -> Iterator[ErrorReporter]:
    reporter = ErrorReporter(log_file)
    yield reporter
    reporter.close()


@pytest.fixture
def installed(reporter: ErrorReporter) -> Iterator[ErrorReporter]:
    """Install the reporter inside the test only: pytest has hooks of its own."""
    reporter.install()
    yield reporter
    reporter.close()


def test_that_a_report_has_sentence_traceback_and_versions() -> None:
    report = ErrorReport.of(catch(), "while drawing")
    assert report.sentence == "ValueError: oops"
    assert "Traceback (most recent call last)" in report.text
    for words in ("Training Workbench", "torch ", "Python ", "while drawing"):
        assert words in report.text


def test_that_the_same_defect_has_the_same_signature_whatever_it_says() -> None:
    one, other = (ErrorReport.of(catch(str(number))) for number in range(2))
    assert one.signature == other.signature
    assert ErrorReport.of(KeyError("a")).signature != one.signature


def test_that_an_exception_without_words_is_named() -> None:
    assert ErrorReport.of(ZeroDivisionError()).sentence == "ZeroDivisionError"


def test_that_a_report_is_told_and_logged(
    reporter: ErrorReporter, log_file: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(reporter.reported) as signal:
        reporter.report(catch())
    assert signal.args[0].sentence == "ValueError: oops"
    text = log_file.read_text("utf-8")
    assert "ERROR ValueError: oops" in text
    assert "Traceback" in text


def test_that_a_report_of_the_training_thread_is_taken_as_text(
    reporter: ErrorReporter, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(reporter.reported) as signal:
        reporter.report_text("it broke", "Traceback of a thread")
    report = signal.args[0]
    assert report.sentence == "it broke"
    assert "Traceback of a thread" in report.text


def test_that_an_exception_in_a_slot_is_caught(
    installed: ErrorReporter, qtbot: QtBot
) -> None:
    error = catch()
    with qtbot.waitSignal(installed.reported) as signal:
        sys.excepthook(type(error), error, error.__traceback__)
    assert "oops" in signal.args[0].sentence


def test_that_an_exception_in_a_thread_is_told_on_the_window_s_thread(
    installed: ErrorReporter, qtbot: QtBot
) -> None:
    def fail() -> None:
        raise ValueError("in a thread")

    told_on: list[QThread] = []
    installed.reported.connect(lambda _report: told_on.append(QThread.currentThread()))
    thread = threading.Thread(target=fail, name="trainer")
    with qtbot.waitSignal(installed.reported) as signal:
        thread.start()
    thread.join()
    assert "in thread trainer" in signal.args[0].text
    assert told_on == [installed.thread()]


def test_that_an_exception_while_cleaning_up_is_caught(
    installed: ErrorReporter, qtbot: QtBot
) -> None:
    class Bad:
        def __del__(self) -> None:
            raise ValueError("in del")

    with qtbot.waitSignal(installed.reported) as signal:
        Bad()
    assert "in del" in signal.args[0].sentence


def test_that_a_lost_error_of_the_event_loop_is_caught(
    reporter: ErrorReporter, loop: asyncio.AbstractEventLoop, qtbot: QtBot
) -> None:
    reporter.watch_loop(loop)
    with qtbot.waitSignal(reporter.reported) as signal:
        loop.call_exception_handler({"message": "lost", "exception": catch()})
    assert "lost" in signal.args[0].text
    with qtbot.waitSignal(reporter.reported) as signal:
        loop.call_exception_handler({"message": "only words"})
    assert signal.args[0].sentence == "only words"


def test_that_a_message_of_qt_is_logged_and_opens_nothing(
    installed: ErrorReporter, log_file: Path, qtbot: QtBot
) -> None:
    with qtbot.assertNotEmitted(installed.reported):
        qWarning("a complaint")
    assert "WARNING Qt: a complaint" in log_file.read_text("utf-8")


def test_that_an_interrupt_is_no_defect(
    installed: ErrorReporter, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    with qtbot.assertNotEmitted(installed.reported):
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_that_closing_gives_every_hook_back(
    reporter: ErrorReporter,
) -> None:
    def hooks() -> tuple[object, ...]:
        qt = qInstallMessageHandler(None)
        qInstallMessageHandler(qt)
        return sys.excepthook, threading.excepthook, sys.unraisablehook, qt

    before = hooks()
    reporter.install()
    assert all(mine != theirs for mine, theirs in zip(hooks(), before, strict=True))
    reporter.close()
    assert hooks() == before


def test_that_a_loop_is_left_alone_after_closing(
    reporter: ErrorReporter, loop: asyncio.AbstractEventLoop, qtbot: QtBot
) -> None:
    reporter.watch_loop(loop)
    reporter.close()
    with qtbot.assertNotEmitted(reporter.reported):
        loop.call_exception_handler({"message": "lost"})


def test_that_it_works_without_a_place_for_the_log(tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "file").touch()
    reporter = ErrorReporter(tmp_path / "file" / "workbench.log")
    with qtbot.waitSignal(reporter.reported):
        reporter.report(catch())
    reporter.close()
