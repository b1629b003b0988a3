"""The rules of the project that a reader could break without any other test failing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.core.plan import CATALOGUES, PLAIN_SECTIONS
from workbench.core.presets import DEFAULT_PRESET, load_presets
from workbench.core.settings import FieldKind, FieldSpec, Settings, describe

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "workbench"
MODULES = sorted(PACKAGE.rglob("*.py"))
REQUIREMENTS = sorted((ROOT / "installer").glob("requirements*.txt"))
QT = ("PySide6", "shiboken6", "pyqtgraph", "qasync", "qtawesome")
TORCH = ("torch", "torchvision", "pytorch_optimizer")
PICKLES = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
NUMBERS = {FieldKind.FLOAT, FieldKind.INT, FieldKind.FLOATS, FieldKind.INTS}

IMPORT_WITHOUT = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in FORBIDDEN:
            raise ImportError(f"{name} must not be needed here")

sys.meta_path.insert(0, Refuse())
for layer in LAYERS:
    package = importlib.import_module(f"workbench.{layer}")
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
"""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text("utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def run(command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def imported(path: Path) -> set[str]:
    """Return the top-level names of all packages that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def called(call: ast.Call) -> str:
    """Return the last name of what is called: `exec` of `dialog.exec()`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def settings_classes() -> list[type[Settings]]:
    entries = [entry for catalogue in CATALOGUES.values() for entry in catalogue]
    return [*entries, *PLAIN_SECTIONS.values()]


def all_settings() -> list[tuple[str, FieldSpec]]:
    classes = settings_classes()
    return [(f"{c.__name__}.{spec.name}", spec) for c in classes for spec in describe(c)]


@pytest.mark.parametrize(
    ("layers", "forbidden"),
    [
        (("core", "storage"), QT + TORCH),
        (("engine", "cli"), QT),
        (("ui",), TORCH),
    ],
    ids=["core and storage", "engine and command line", "window"],
)
def test_that_a_layer_loads_where_what_it_must_not_use_is_missing(layers, forbidden):
    program = f"FORBIDDEN = {forbidden}\nLAYERS = {layers}\n{IMPORT_WITHOUT}"
    done = run([sys.executable, "-c", program])
    assert done.returncode == 0, done.stderr


def test_that_the_import_contracts_hold():
    linter = Path(sys.executable).with_name("lint-imports")
    done = run([linter])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_that_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("terminate", "a killed thread leaves locks and files as they are"),
        ("processEvents", "it lets slots run inside slots"),
        ("exec", "it nests an event loop; use open()"),
        ("exec_", "it nests an event loop; use open()"),
        ("eval", "nothing from a file may be executed"),
    ],
)
def test_that_nobody_calls(name, why):
    found = [
        f"{relative(path)}:{call.lineno}"
        for path in MODULES
        for call in calls(path)
        if called(call) == name and not _is_models_eval(call)
    ]
    assert not found, why


def _is_models_eval(call: ast.Call) -> bool:
    """Tell a module's `model.eval()` from the built-in `eval(text)`."""
    return isinstance(call.func, ast.Attribute) and call.func.attr == "eval"


def test_that_nothing_is_unpickled_freely():
    """One module reads pickles, by an unpickler that knows a few names and no others."""
    loads = {f"{name}.load{s}" for name in (*PICKLES, "torch") for s in ("", "s")}
    found = [
        f"{relative(path)}:{call.lineno}"
        for path in MODULES
        for call in calls(path)
        if ast.unparse(call.func) in loads
    ]
    assert not found
    importing = {relative(path) for path in MODULES if imported(path) & PICKLES}
    assert importing <= {"workbench/engine/data/cifar10_pickle.py"}


def test_that_no_lambda_receives_a_signal():
    """A lambda runs in the thread that emits and keeps what it closes over alive."""
    found = [
        f"{relative(path)}:{call.lineno}"
        for path in MODULES
        for call in calls(path)
        if called(call) == "connect" and any(isinstance(a, ast.Lambda) for a in call.args)
    ]
    assert not found


@pytest.mark.parametrize(("name", "spec"), all_settings(), ids=lambda v: str(v)[:40])
def test_that_a_setting_explains_itself(name, spec):
    assert spec.title
    assert spec.help.rstrip().endswith(".")


NUMERIC = [(name, spec) for name, spec in all_settings() if spec.kind in NUMBERS]


@pytest.mark.parametrize(("name", "spec"), NUMERIC, ids=lambda v: str(v)[:40])
def test_that_a_number_has_a_range(name, spec):
    for span in spec.part_ranges or (spec.range,):
        assert span.describe()


@pytest.mark.parametrize("entry", settings_classes(), ids=lambda c: c.__name__)
def test_that_the_defaults_of_an_entry_are_valid(entry):
    assert entry() == entry.model_validate(entry().model_dump())


def test_that_every_preset_loads_and_is_in_the_order():
    presets = load_presets()
    files = {path.stem for path in (ROOT / "resources/presets").glob("*.json")} - {"order"}
    assert set(presets) == files
    assert DEFAULT_PRESET in presets


def project_texts() -> list[Path]:
    folders = [PACKAGE, ROOT / "tests", ROOT / "installer"]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "X" * 3, "for " + "now"])
def test_that_nothing_is_put_off(word):
    pattern = re.compile(rf"\b{word}\b")
    found = [relative(p) for p in project_texts() if pattern.search(p.read_text("utf-8"))]
    assert not found


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_that_a_requirement_file_is_hashed_and_names_no_place(path):
    text = path.read_text("utf-8")
    pins = re.findall(r"^[\w.-]+==.*(?:\n    --hash=.*)+", text, re.MULTILINE)
    names = re.findall(r"^\w.*$", text, re.MULTILINE)
    assert pins
    assert len(pins) == len(names)
    assert "http" not in text
    assert "file:" not in text
    assert not re.search(r"(?<![\w.-])/\w", text), "a path of somebody's machine"
