"""The commands of the README: what they start, and what they say where they cannot."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import go
import pytest
from environment import DEV, RUN
from terminal import SetupError

INSTALLER = Path(go.__file__).parent


class FakeEnvironment:
    """An environment that is ready at once and remembers what was asked of it."""

    python = Path("environment/bin/python")

    def __init__(self, _project: Path) -> None:
        self.noted = {}

    def ensure(self, level):
        LEVELS.append(level)

    def facts(self):
        return self.noted

    def note(self, **facts):
        self.noted.update(facts)

    def uv(self):
        return "uv"


LEVELS: list[str] = []


class Became(Exception):  # noqa: N818 - not an error: the process is another now
    """What the process was given over to."""


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """Replace the processes; return the commands that were started and waited for."""
    LEVELS.clear()
    commands = []

    def become(command, env):
        raise Became(command, env)

    def start(command, *_doing, env=None, folder=None):
        commands.append(command)
        return 0

    monkeypatch.setattr(go, "Environment", FakeEnvironment)
    monkeypatch.setattr(go, "become", become)
    monkeypatch.setattr(go, "start", start)
    monkeypatch.setattr(go.qt_libraries, "ensure", lambda _python, _platforms: None)
    monkeypatch.setattr(go.uv_tool, "settings", dict)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.chdir(INSTALLER)
    return commands


@pytest.mark.parametrize("arguments", [["open"], []])
def test_that_open_is_what_happens_without_a_word(arguments):
    with pytest.raises(Became) as became:
        go.main(arguments)
    command, _env = became.value.args
    assert command == ["environment/bin/python", "-m", "workbench"]
    assert LEVELS == [RUN]


def test_that_a_session_file_is_handed_on():
    with pytest.raises(Became) as became:
        go.main(["open", "mine.wbs"])
    assert became.value.args[0][-1] == "mine.wbs"


def test_that_options_of_the_command_line_are_handed_on():
    with pytest.raises(Became) as became:
        go.main(["cli", "run", "linear-adam", "--seed", "0", "--quiet"])
    expected = ["workbench", "run", "linear-adam", "--seed", "0", "--quiet"]
    assert became.value.args[0][2:] == expected


def test_that_no_window_is_promised_without_a_screen(monkeypatch, capsys):
    monkeypatch.setattr(go.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert go.main(["open"]) == 2
    said = capsys.readouterr().out
    assert "no screen" in said
    assert "installer/go.py cli run" in said
    assert LEVELS == []


def test_that_the_command_line_works_without_a_screen(monkeypatch):
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setattr(go.qt_libraries, "ensure", lambda *_: pytest.fail("needs no Qt"))
    with pytest.raises(Became):
        go.main(["cli", "list", "presets"])


def test_that_tests_run_offscreen_with_all_that_they_need(monkeypatch):
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with pytest.raises(Became) as became:
        go.main(["test", "-k", "lock"])
    command, env = became.value.args
    assert command[1:] == ["-m", "pytest", "-k", "lock"]
    assert env["QT_QPA_PLATFORM"] == "offscreen"
    assert env["OMP_NUM_THREADS"] == "2"  # the caller's choice
    assert LEVELS == [DEV]


def test_that_all_checks_run_and_each_failure_is_named(monkeypatch, capsys):
    tools = []

    def fail_at_mypy(command, **_options):
        tools.append(Path(command[0]).name)
        return 1 if tools[-1] == "mypy" else 0

    monkeypatch.setattr(go, "start", fail_at_mypy)
    assert go.main(["check"]) == 1
    assert tools == ["ruff", "ruff", "mypy", "mypy", "lint-imports"]
    assert "Failed: types, types of the installer" in capsys.readouterr().out


def test_that_every_requirement_file_is_locked(started):
    assert go.main(["lock", "--upgrade"]) == 0
    written = {Path(c[c.index("--output-file") + 1]).name for c in started}
    assert written == {path.name for path in INSTALLER.glob("requirements*.txt")}
    assert all("--generate-hashes" in c and "--upgrade" in c for c in started)


def test_that_libraries_are_looked_for_once(monkeypatch):
    asked = []
    monkeypatch.setattr(go.qt_libraries, "ensure", lambda _p, names: asked.append(names))
    monkeypatch.setattr(go.qt_libraries, "platforms_for", lambda **_: ["xcb"])
    ready = FakeEnvironment(INSTALLER)
    monkeypatch.setattr(go, "Environment", lambda _project: ready)
    assert go.main(["setup"]) == 0
    assert go.main(["setup"]) == 0
    assert asked == [["xcb"]]


def test_that_what_is_missing_is_one_line_and_status_2(monkeypatch, capsys):
    def refuse(_self, _level):
        raise SetupError("No room.")

    monkeypatch.setattr(FakeEnvironment, "ensure", refuse)
    assert go.main(["test"]) == 2
    assert capsys.readouterr().out == "error: No room.\n"


def test_that_an_interruption_is_no_traceback(monkeypatch, capsys):
    def interrupt(_self, _level):
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeEnvironment, "ensure", interrupt)
    assert go.main(["test"]) == 130
    assert "Start again" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["setup", "check"])
def test_that_words_that_would_do_nothing_are_refused(verb, capsys):
    assert go.main([verb, "--fast"]) == 2
    assert "--fast" in capsys.readouterr().out


def test_that_an_unknown_verb_lists_the_known_ones(capsys):
    with pytest.raises(SystemExit) as ended:
        go.main(["launch"])
    assert ended.value.code == 2
    assert "open" in capsys.readouterr().err


def test_that_the_readme_names_verbs_that_exist():
    text = (INSTALLER.parent / "README.md").read_text("utf-8")
    named = set(re.findall(r"installer/go\.py (\w+)", text))
    assert {"open", "test"} <= named <= set(go._VERBS)


@pytest.mark.parametrize("path", sorted(INSTALLER.glob("*.py")), ids=lambda p: p.name)
def test_that_python_3_8_can_read_the_installer(path):
    ast.parse(path.read_text("utf-8"), feature_version=(3, 8))
