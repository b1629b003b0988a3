"""The facts that decide last digits: gathered, compared, and told in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from workbench.core.optimizers import Adam, Lookahead
from workbench.engine.environment import differences, environment
from workbench.engine.optimizers import build_optimizer


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def facts(model: nn.Module | None = None) -> dict[str, str]:
    model = model or nn.Linear(2, 1)
    stack = build_optimizer(Adam(), Lookahead(), model.named_parameters())
    return environment(torch.device("cpu"), model, stack)


def test_that_the_same_environment_has_no_differences() -> None:
    assert differences(facts(), facts()) == []


@pytest.mark.usefixtures("threads")
def test_that_another_number_of_threads_is_told() -> None:
    torch.set_num_threads(2)
    before = facts()
    torch.set_num_threads(1)

    assert differences(before, facts()) == ["it computes with 1 thread instead of 2"]


def test_that_a_variable_that_chooses_kernels_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = facts()
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")

    assert differences(before, facts()) == [
        "the environment variables are ONEDNN_MAX_CPU_ISA=AVX2 instead of none"
    ]


def test_that_deterministic_algorithms_are_told() -> None:
    before = facts()
    torch.use_deterministic_algorithms(mode=True)
    try:
        now = facts()
    finally:
        torch.use_deterministic_algorithms(mode=False)

    assert differences(before, now) == [
        "torch's deterministic algorithms are on instead of off"
    ]


def test_that_another_number_type_is_told() -> None:
    before = facts()
    torch.set_default_dtype(torch.float64)
    try:
        now = facts()
    finally:
        torch.set_default_dtype(torch.float32)

    assert differences(before, now) == ["it computes in float64 instead of float32"]


def test_that_another_memory_format_is_told() -> None:
    first = nn.Conv2d(3, 4, 3)
    last = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    assert differences(facts(first), facts(last)) == [
        "it stores images channels last instead of channels first"
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("device", "it computes on other instead of"),
        ("processor", "it runs on the processor other instead of"),
        ("capability", "it uses the processor's other instructions instead of"),
        ("torch", "torch is other instead of"),
        ("torchvision", "torchvision is other instead of"),
        ("numpy", "NumPy is other instead of"),
        ("mkl", "MKL is other instead of"),
        ("onednn", "oneDNN is other instead of"),
        ("workbench", "Training Workbench is other instead of"),
        ("precision", "it multiplies float32 with other precision instead of"),
    ],
)
def test_that_each_fact_is_there_and_told_when_it_changes(name: str, words: str) -> None:
    before = facts()
    (told,) = differences(before, {**before, name: "other"})

    assert told == f"{words} {before[name]}"
    assert before[name]


@pytest.mark.parametrize("name", ["python", "system", "interop_threads"])
def test_that_facts_without_effect_on_the_digits_are_not_told(name: str) -> None:
    before = facts()
    assert differences(before, {**before, name: "other"}) == []


def test_that_facts_of_cuda_go_with_the_device() -> None:
    cpu = facts()
    cuda = {**cpu, "device": "cuda:0 Some card", "cuda": "13.2", "tf32": "off"}

    assert differences(cuda, cpu) == ["it computes on cpu instead of cuda:0 Some card"]
    assert differences(cuda, {**cuda, "cuda": "12.8"}) == ["CUDA is 12.8 instead of 13.2"]
