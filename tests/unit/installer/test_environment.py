"""The environment is made once, mended when stale, and never taken half made."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import environment
import pytest
from environment import DEV, RUN, Environment
from terminal import SetupError


class Usage(NamedTuple):
    """What shutil.disk_usage returns, in bytes."""

    total: float
    used: float
    free: float


class FakeUv:
    """Stands for the processes of uv: makes an environment, or fails at one verb."""

    def __init__(self, *, version: str = "3.12.4") -> None:
        self.version = version
        self.fails_at = ""
        self.calls: list[str] = []

    def __call__(self, command, _doing, *, env):
        verb = command[1] if command[1] == "venv" else command[2]
        self.calls.append(verb)
        if verb == self.fails_at:
            return 1
        if verb == "venv":
            self._make(Path(command[-1]))
        self.last = command
        return 0

    def _make(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").touch()
        (folder / "pyvenv.cfg").write_text(f"version_info = {self.version}\n", "utf-8")

    def take(self) -> list[str]:
        calls, self.calls = self.calls, []
        return calls


@pytest.fixture
def uv(monkeypatch):
    fake = FakeUv()
    monkeypatch.setattr(environment, "start", fake)
    monkeypatch.setattr(environment.uv_tool, "settings", dict)
    monkeypatch.setattr(environment.uv_tool.Uv, "command", lambda _self: "uv")
    monkeypatch.setattr(
        environment.shutil, "disk_usage", lambda _place: Usage(10**12, 0, 10**12)
    )
    return fake


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "installer").mkdir(parents=True)
    pyproject = 'requires-python = ">=3.11,<3.14"\n'
    (folder / "pyproject.toml").write_text(pyproject, "utf-8")
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt"):
        (folder / "installer" / name).write_text("x==1\n", "utf-8")
    return folder


MADE, FILLED = ["venv"], ["sync", "install"]


def test_that_the_first_start_makes_it_and_the_second_does_nothing(project, uv):
    Environment(project).ensure(RUN)
    assert uv.take() == MADE + FILLED
    Environment(project).ensure(RUN)
    assert uv.take() == []


def test_that_the_project_itself_comes_last_and_brings_no_dependencies(project, uv):
    Environment(project).ensure(RUN)
    assert {"--no-deps", "--offline", "--editable", str(project)} <= set(uv.last)


@pytest.mark.parametrize(
    "name",
    ["pyproject.toml", "installer/requirements.txt", "installer/requirements-dev.txt"],
)
def test_that_a_change_of_what_is_locked_is_followed(project, uv, name):
    Environment(project).ensure(RUN)
    uv.take()
    with (project / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    Environment(project).ensure(RUN)
    assert uv.take() == FILLED


def test_that_the_tests_need_more_than_the_program_and_not_the_reverse(project, uv):
    Environment(project).ensure(RUN)
    uv.take()
    Environment(project).ensure(DEV)
    assert uv.take() == FILLED
    Environment(project).ensure(RUN)
    assert uv.take() == []


def test_that_following_a_change_keeps_what_the_tests_need(project, uv):
    Environment(project).ensure(DEV)
    (project / "installer" / "requirements.txt").write_text("x==2\n", "utf-8")
    Environment(project).ensure(RUN)
    assert Environment(project).facts()["level"] == DEV


@pytest.mark.parametrize("verb", ["venv", "sync", "install"])
def test_that_what_failed_half_way_is_made_anew(project, uv, verb):
    uv.fails_at = verb
    with pytest.raises(SetupError):
        Environment(project).ensure(RUN)
    uv.fails_at = ""
    uv.take()
    Environment(project).ensure(RUN)
    assert uv.take() == MADE + FILLED


def test_that_it_is_made_anew_where_its_python_is_gone(project, uv):
    made = Environment(project)
    made.ensure(RUN)
    made.python.unlink()
    uv.take()
    made.ensure(RUN)
    assert uv.take() == MADE + FILLED


def test_that_it_is_made_anew_after_the_folder_has_moved(project, uv):
    Environment(project).ensure(RUN)
    moved = project.rename(project.with_name("moved"))
    uv.take()
    Environment(moved).ensure(RUN)
    assert uv.take() == MADE + FILLED


def test_that_an_environment_of_an_unsuitable_python_is_replaced(project, uv):
    uv.version = "3.10.2"
    uv([*("uv", "venv"), str(project / ".venv")], "", env={})
    uv.version = "3.13.0"
    uv.take()
    Environment(project).ensure(RUN)
    assert uv.take() == MADE + FILLED


def test_that_too_little_room_is_said_before_anything_is_started(project, uv, monkeypatch):
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _p: Usage(9e9, 8e9, 1e9))
    with pytest.raises(SetupError, match=r"Only 1\.0 GB are free"):
        Environment(project).ensure(RUN)
    assert uv.take() == []


def test_that_room_is_not_asked_for_again_after_an_interruption(project, uv, monkeypatch):
    uv.fails_at = "sync"
    with pytest.raises(SetupError):
        Environment(project).ensure(RUN)
    uv.fails_at = ""
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _p: Usage(9e9, 8e9, 1e9))
    Environment(project).ensure(RUN)
    assert Environment(project).facts()["level"] == RUN


def test_that_facts_add_up_and_a_damaged_note_counts_as_none(project, uv):
    made = Environment(project)
    assert made.facts() == {}
    made.ensure(RUN)
    made.note(platforms=["offscreen"])
    assert made.facts()["level"] == RUN
    assert made.facts()["platforms"] == ["offscreen"]
    (project / ".venv" / "setup.json").write_text("{", "utf-8")
    assert made.facts() == {}


def test_that_packages_from_elsewhere_stay_outside(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PYTHONHOME", "elsewhere")
    monkeypatch.setenv("KEPT", "1")
    variables = environment.clean_variables()
    assert variables["KEPT"] == "1"
    assert not {"PYTHONPATH", "PYTHONHOME"} & set(variables)
