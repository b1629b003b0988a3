"""Which Python the environment is made with."""

from __future__ import annotations

import sys
from pathlib import Path

import interpreter
import pytest
from terminal import SetupError

PROJECT = Path(__file__).resolve().parents[3]


def project_for(folder: Path, specifier: str) -> Path:
    text = f'[project]\nrequires-python = "{specifier}"\n'
    (folder / "pyproject.toml").write_text(text, "utf-8")
    return folder


def test_that_the_range_is_the_one_of_pyproject():
    specifier, minors = interpreter.required(PROJECT)
    assert specifier == ">=3.11,<3.14"
    assert list(minors) == [11, 12, 13]
    assert interpreter.in_words(minors) == "Python 3.11 to 3.13"


def test_that_a_project_without_a_range_is_refused(tmp_path):
    with pytest.raises(SetupError, match="no range"):
        interpreter.required(project_for(tmp_path, "any"))


def test_that_this_python_is_taken_where_it_fits(tmp_path):
    minor = sys.version_info.minor
    project = project_for(tmp_path, f">=3.{minor},<3.{minor + 1}")
    assert interpreter.choose(project) == sys.executable


def test_that_another_is_asked_for_where_this_one_is_too_old_or_too_new(tmp_path):
    minor = sys.version_info.minor
    for specifier in (f">=3.{minor + 1},<3.{minor + 3}", f">=3.{minor - 2},<3.{minor}"):
        assert interpreter.choose(project_for(tmp_path, specifier)) == specifier


def test_that_another_implementation_does_not_suit(monkeypatch):
    minors = range(sys.version_info.minor, sys.version_info.minor + 1)
    assert interpreter.suits(minors)
    monkeypatch.setattr(interpreter.sysconfig, "get_config_var", lambda _name: 1)
    assert not interpreter.suits(minors)
    monkeypatch.undo()
    monkeypatch.setattr(interpreter.sys, "maxsize", 2**31 - 1)
    assert not interpreter.suits(minors)
