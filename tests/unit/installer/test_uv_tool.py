"""uv comes by pip, whole or not at all, and works where pip works."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import uv_tool
from terminal import SetupError


class FakePip:
    """Stands for the process: makes what pip would make, in the target folder."""

    def __init__(self, *, makes: str = "bin/uv", status: int = 0) -> None:
        self.makes = makes
        self.status = status
        self.calls: list[list[str]] = []

    def __call__(self, command, _doing, *, env):
        self.calls.append(list(command))
        assert env["PIP_USER"] == "0"
        target = Path(command[command.index("--target") + 1])
        program = target / self.makes
        program.parent.mkdir(parents=True)
        program.write_text("uv", "utf-8")
        return self.status


@pytest.fixture
def uv(tmp_path):
    requirements = tmp_path / "requirements-uv.txt"
    requirements.write_text("uv==1 --hash=sha256:00\n", "utf-8")
    return uv_tool.Uv(tmp_path / "tools" / "uv-1", requirements)


@pytest.fixture(autouse=True)
def has_pip(monkeypatch):
    monkeypatch.setattr(uv_tool, "listen", lambda _command: "pip 23.0")


@pytest.mark.parametrize("place", ["bin/uv", "bin/uv.exe", "Scripts/uv.exe"])
def test_that_uv_is_got_once_with_its_hash_checked(uv, monkeypatch, place):
    pip = FakePip(makes=place)
    monkeypatch.setattr(uv_tool, "start", pip)
    assert uv.command().endswith(place)
    assert uv.command().endswith(place)
    (call,) = pip.calls
    assert call[:3] == [sys.executable, "-m", "pip"]
    assert "--require-hashes" in call


def test_that_half_an_installation_is_not_taken_for_uv(uv, monkeypatch):
    monkeypatch.setattr(uv_tool, "start", FakePip(status=1))
    with pytest.raises(SetupError, match="could not get uv"):
        uv.command()
    whole = FakePip()
    monkeypatch.setattr(uv_tool, "start", whole)
    assert uv.command()
    assert len(whole.calls) == 1


def test_that_an_environment_brings_pip_where_python_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(uv_tool, "listen", lambda _command: "")
    monkeypatch.setattr(uv_tool, "start", lambda _command, _doing: 0)
    python, *rest = uv_tool.pip(tmp_path)
    assert Path(python).is_relative_to(tmp_path)
    assert rest == ["-m", "pip"]


def test_that_a_python_without_any_pip_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(uv_tool, "listen", lambda _command: "")
    monkeypatch.setattr(uv_tool, "start", lambda _command, _doing: 1)
    with pytest.raises(SetupError, match="apt-get install -y python3-pip"):
        uv_tool.pip(tmp_path)


def test_that_uv_asks_the_mirror_that_pip_is_set_to(monkeypatch):
    listing = "global.cert='/c.pem'\nglobal.index-url='https://mirror.example/simple'\n"
    monkeypatch.setattr(uv_tool, "listen", lambda _command: listing)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert uv_tool.settings()["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"


def test_that_an_additional_index_of_pip_does_not_replace_the_first(monkeypatch):
    listing = "global.extra-index-url='https://mirror.example/simple'\n"
    monkeypatch.setattr(uv_tool, "listen", lambda _command: listing)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert "UV_DEFAULT_INDEX" not in uv_tool.settings()


def test_that_the_readers_own_settings_of_uv_win(monkeypatch):
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "7")
    assert uv_tool.settings()["UV_HTTP_TIMEOUT"] == "7"
