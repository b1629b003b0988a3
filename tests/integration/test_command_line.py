"""The command line as a script sees it: arguments in, files, words and statuses out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.command_line import ROOT, assert_mistake, rows_of, workbench

SMALL = ("linear-adam", "--epochs", "5")


def test_that_the_same_run_twice_writes_identical_tables(tmp_path: Path) -> None:
    first = workbench("run", "linear-adam", "--seed", "0", "--csv", tmp_path / "a")
    second = workbench("run", "linear-adam", "--seed", "0", "--csv", tmp_path / "b")

    assert first.returncode == second.returncode == 0
    names = ["effective_lr.csv", "epochs.csv", "steps.csv"]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == names
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_that_the_tables_have_the_columns_and_rows_that_scripts_rely_on(
    tmp_path: Path,
) -> None:
    workbench("run", *SMALL, "--csv", tmp_path)

    steps, epochs = rows_of(tmp_path / "steps.csv"), rows_of(tmp_path / "epochs.csv")
    assert list(steps[0]) == ["step", "epoch", "loss", "lr"]
    assert list(epochs[0]) == ["epoch", "step", "train_loss", "test_loss"]
    assert [row["step"] for row in steps] == ["1", "2", "3", "4", "5"]
    rates = rows_of(tmp_path / "effective_lr.csv")
    statistics = ["p05", "p25", "p50", "p75", "p95", "min", "max"]
    assert list(rates[0]) == ["step", "parameter", "quantity", *statistics]
    assert {row["parameter"] for row in rates} == {"linear.weight", "linear.bias"}


def test_that_another_seed_gives_other_numbers(tmp_path: Path) -> None:
    workbench("run", *SMALL, "--seed", "0", "--csv", tmp_path / "a")
    workbench("run", *SMALL, "--seed", "1", "--csv", tmp_path / "b")

    first, second = (rows_of(tmp_path / name / "steps.csv") for name in "ab")
    assert first[0]["loss"] != second[0]["loss"]


def test_that_the_summary_is_one_line_and_quiet_prints_nothing() -> None:
    done = workbench("run", *SMALL)
    quiet = workbench("run", *SMALL, "--quiet")

    assert done.stdout.count("\n") == 1
    assert "finished; 5 epochs, 5 steps" in done.stdout
    assert quiet.stdout == quiet.stderr == ""


def test_that_settings_change_the_plan_that_is_saved_and_shown(tmp_path: Path) -> None:
    file = tmp_path / "out.wbs"
    workbench(
        "run",
        *SMALL,
        "--set",
        "optimizer=sgd",
        "--set",
        "optimizer.lr=1e-2",
        "--save",
        file,
    )
    shown = json.loads(workbench("show", file, "--json").stdout)

    optimizer = shown["runs"][0]["plan"]["optimizer"]
    assert (optimizer["kind"], optimizer["lr"]) == ("sgd", 0.01)
    assert shown["runs"][0]["state"] == "finished"
    assert shown["runs"][0]["steps"] == 5


def test_that_a_saved_session_runs_again_to_the_same_numbers(tmp_path: Path) -> None:
    file = tmp_path / "out.wbs"
    workbench("run", *SMALL, "--seed", "3", "--save", file, "--csv", tmp_path / "a")
    workbench("run", file, "--csv", tmp_path / "b")
    workbench("export", file, "--csv", tmp_path / "c")

    expected = (tmp_path / "a" / "steps.csv").read_bytes()
    assert (tmp_path / "b" / "steps.csv").read_bytes() == expected
    assert (tmp_path / "c" / "steps.csv").read_bytes() == expected


def test_that_check_tells_sound_files_from_damaged_ones(tmp_path: Path) -> None:
    file = tmp_path / "out.wbs"
    workbench("run", *SMALL, "--save", file)
    sound = workbench("check", file)
    content = bytearray(file.read_bytes())
    at = content.index(b'"optimizer"')
    content[at + 1] ^= 1
    file.write_bytes(content)
    damaged = workbench("check", file)

    assert (sound.returncode, damaged.returncode) == (0, 1)
    assert sound.stdout.strip().endswith("sound")
    assert "run 1" in damaged.stdout


def test_that_a_diverging_run_exits_with_3_and_keeps_what_it_had(tmp_path: Path) -> None:
    done = workbench(
        *("run", "linear-adam", "--set", "optimizer=sgd", "--set", "optimizer.lr=1e5"),
        *("--csv", tmp_path),
    )

    assert done.returncode == 3
    assert "diverged" in done.stdout
    assert rows_of(tmp_path / "steps.csv")[-1]["loss"] in {"inf", "nan"}


def test_that_a_leap_of_the_loss_is_told_in_a_line_and_waits_for_nobody() -> None:
    done = workbench(
        "run", "linear-adam", "--epochs", "400", "--set", "optimizer=sgd",
        "--set", "optimizer.lr=0.6",
    )  # fmt: skip

    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("the loss leapt to ")
    assert "at step" in line


# A shell in the background ignores SIGINT, `nohup` SIGHUP, and both hand that down: the
# child heeds them again.
HEEDING = """
import runpy
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
runpy.run_module("workbench", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_that_an_interrupted_run_exits_with_130_and_is_saved(
    tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "out.wbs"
    command = [sys.executable, "-c", HEEDING, "run", "linear-adam", "--epochs", "9999999"]
    command += ["--set", "loop.sample_every=100000", "--save", str(file)]
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()  # only a terminal is shown the progress
    process = subprocess.Popen(command, cwd=ROOT, stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"steps/s" not in shown:
        shown += os.read(ours, 1024)
    process.send_signal(number)
    drain(ours)
    process.wait(timeout=120)

    assert process.returncode == 130
    facts = json.loads(workbench("show", file, "--json").stdout)
    assert facts["runs"][0]["state"] == "stopped"
    assert facts["runs"][0]["steps"] > 0


def drain(terminal: int) -> None:
    """Read a terminal until the program at its other end has ended, so that it can."""
    try:
        while os.read(terminal, 1024):
            pass
    except OSError:  # Linux says so instead of an empty read
        os.close(terminal)


def test_that_choices_are_listed_for_people_and_for_programs() -> None:
    words = workbench("list", "optimizers")
    facts = json.loads(workbench("list", "optimizers", "--json").stdout)

    assert "adamw" in words.stdout
    adam = next(entry for entry in facts if entry["key"] == "adam")
    settings = {setting["name"]: setting for setting in adam["settings"]}
    assert settings["lr"]["default"] == 0.001
    assert all(setting["help"] for setting in settings.values())


@pytest.mark.parametrize("what", ["models", "datasets", "losses", "schedules", "presets"])
def test_that_every_catalogue_can_be_listed(what: str) -> None:
    done = workbench("list", what)

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) >= 3


MISTAKES = {
    "unknown preset": (("run", "linear-adan"), ("linear-adam",)),
    "unknown section": (("run", "linear-adam", "--set", "optimiser.lr=1"), ("optimizer",)),
    "unknown field": (("run", "linear-adam", "--set", "optimizer.rate=1"), ("lr",)),
    "no value": (("run", "linear-adam", "--set", "optimizer.lr"), ("path=value",)),
    "comma": (("run", "linear-adam", "--set", "optimizer.lr=0,01"), ("comma",)),
    "negative": (("run", "linear-adam", "--set", "optimizer.lr=-1"), ("greater than 0",)),
    "nan": (("run", "linear-adam", "--set", "optimizer.lr=nan"), ("not a number",)),
    "wrong type": (("run", "linear-adam", "--epochs", "2.5"), ("whole number",)),
    "classes for a regressor": (
        ("run", "linear-adam", "--set", "data=digits"),
        ("classification", "diabetes"),
    ),
    "batch too large": (
        (
            "run",
            "linear-adam",
            "--set",
            "loop.full_batch=off",
            "--set",
            "loop.batch_size=64",
        ),
        ("64", "32"),
    ),
    "no such session": (("show", "/nowhere/at/all.wbs"), ("/nowhere/at/all.wbs",)),
    "csv missing": (
        (
            "run",
            "quickstart-linear",
            "--set",
            "data=csv",
            "--set",
            "data.path=/no/file.csv",
        ),
        ("/no/file.csv",),
    ),
}


@pytest.mark.parametrize(("arguments", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_that_mistakes_are_told_in_one_line(
    arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    assert_mistake(workbench(*arguments), *words)


def test_that_a_file_that_is_no_session_is_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "notes.wbs"
    file.write_text("these are my notes")

    assert_mistake(workbench("show", file), "notes.wbs")
    assert_mistake(workbench("run", file), "notes.wbs")


def test_that_missing_cifar10_without_network_says_how_to_mend_it(tmp_path: Path) -> None:
    done = workbench(
        *("run", "cifar10-adam", "--epochs", "1", "--data", tmp_path),
        https_proxy="http://127.0.0.1:9",
        http_proxy="http://127.0.0.1:9",
    )

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "--data" in done.stderr or "data.archive" in done.stderr


WITHOUT_QT = """
import sys
class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"PySide6", "shiboken6", "pyqtgraph", "qasync"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NoQt())
sys.argv = ["workbench", *sys.argv[1:]]
from workbench.__main__ import main
sys.exit(main())
"""


def without_qt(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_QT, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300
    )


def test_that_training_works_where_qt_cannot_be_imported(tmp_path: Path) -> None:
    done = without_qt("run", *SMALL, "--csv", tmp_path)

    assert done.returncode == 0
    assert (tmp_path / "steps.csv").exists()


def test_that_pictures_without_qt_are_a_mistake_told_in_words(tmp_path: Path) -> None:
    done = without_qt("run", *SMALL, "--quiet", "--png", tmp_path)

    assert done.returncode == 2
    assert "need Qt" in done.stderr
    assert "Traceback" not in done.stderr


def test_that_pictures_are_written_without_a_display(tmp_path: Path) -> None:
    done = workbench("run", "quickstart-linear", "--epochs", "20", "--png", tmp_path)

    assert done.returncode == 0
    for name in ("loss.png", "effective_lr.png", "predictions.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
