"""Fast arithmetic: what it switches on, what it says, and that all else goes on working."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers.recorder import Recorder
from tests.helpers.resuming import Interrupted
from workbench.core.events import NoticeGiven, RunFinished
from workbench.core.optimizers import OPTIMIZERS, Adam, Lookahead
from workbench.core.plan import Plan
from workbench.core.resuming import Start
from workbench.engine import arithmetic
from workbench.engine.arithmetic import Arithmetic, Bfloat16Forward
from workbench.engine.blocked import BlockedForward
from workbench.engine.environment import differences
from workbench.engine.optimizers import OptimizerStack, build_optimizer
from workbench.engine.rates.rules import decompose, observe
from workbench.engine.replay import Replay
from workbench.engine.same_bits import first_difference

Sections = dict[str, dict[str, Any]]

CPU = torch.device("cpu")
IMAGES: Sections = {
    "model": {"kind": "cnn", "channels": (4,), "hidden_size": 8, "dropout": 0.2},
    "data": {"kind": "generated", "samples": 40, "test_share": 0.25},
    "loss": {"kind": "cross_entropy"},
    "loop": {"epochs": 4, "full_batch": False, "batch_size": 7, "arithmetic": "fast"},
}
FUSED = ("sgd", "adam", "adamw", "adagrad")


@pytest.fixture(autouse=True)
def _with_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute in bfloat16 on any processor: one without instructions for it is slow."""
    monkeypatch.setattr(arithmetic, "has_bfloat16", lambda _device: True)


def fast(tmp_path: Path, **sections: dict[str, Any]) -> Recorder:
    return Recorder(tmp_path, **{"loop": {"arithmetic": "fast"}, **sections})


def notices(run: Recorder) -> list[str]:
    return [notice.text for notice in run.of(NoticeGiven)]


def test_that_an_image_model_is_trained_to_nearly_the_same_losses(tmp_path: Path) -> None:
    def losses(mode: str) -> np.ndarray[Any, Any]:
        loop = {"epochs": 3, "full_batch": False, "batch_size": 64, "arithmetic": mode}
        sections = {**IMAGES, "data": {"kind": "digits"}, "loop": loop}
        run = Recorder(tmp_path, **{**sections, "model": {"kind": "cnn"}})
        assert isinstance(run.run(), RunFinished)
        return np.array(run.losses).reshape(3, -1).mean(axis=1)

    exact, found = losses("exact"), losses("fast")
    assert (found != exact).all()
    assert found == pytest.approx(exact, rel=0.01)


def test_that_a_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    whole = Interrupted(tmp_path, IMAGES)
    whole.run()
    part = Interrupted(tmp_path, IMAGES, stop=8)
    part.run()
    assert part.record.checkpoint is not None
    start = Start(part.record.checkpoint)
    rest = Recorder(tmp_path, history=part.history, start=start, **IMAGES)
    rest.run()

    report = rest.experiment.continued
    assert report is not None
    assert all(check.is_equal for check in report.checks)
    assert report.differences == ()
    assert rest.losses == whole.losses
    ours, theirs = (run.experiment.model.state_dict() for run in (rest, whole))
    assert first_difference(dict(ours), dict(theirs)) is None


@pytest.mark.parametrize(("before", "after"), [("fast", "exact"), ("exact", "fast")])
def test_that_another_mode_is_told_when_a_run_goes_on(
    tmp_path: Path, before: str, after: str
) -> None:
    one, other = (
        {**IMAGES, "loop": {**IMAGES["loop"], "arithmetic": mode}}
        for mode in (before, after)
    )
    part = Interrupted(tmp_path, one, stop=8)
    part.run()
    assert part.record.checkpoint is not None
    start = Start(part.record.checkpoint)
    rest = Recorder(tmp_path, history=part.history, start=start, **other)

    assert rest.experiment.continued is not None
    told = rest.experiment.continued.differences
    assert f"Arithmetic is {after} instead of {before}" in told
    assert sum("channels last" in words for words in told) == 1
    assert sum("bfloat16" in words for words in told) == 1
    assert sum("fused" in words for words in told) == 1
    assert isinstance(rest.run(), RunFinished)


def test_that_steps_are_done_again_to_the_same_bits(tmp_path: Path) -> None:
    run = fast(tmp_path, **IMAGES)
    run.run()
    start = run.trainer.kept_states.recent[0]
    last = len(run.losses)
    found = [loss for _, loss, _ in Replay(run.experiment).steps(start, last)]

    assert start.step == 0
    assert found == run.losses


def test_that_weights_and_gradients_stay_float32(tmp_path: Path) -> None:
    run = fast(tmp_path, **IMAGES)
    run.run()
    for weight in run.experiment.model.parameters():
        assert weight.grad is not None
        assert weight.dtype == weight.grad.dtype == torch.float32
        assert weight.stride() == weight.grad.stride()


def test_that_only_convolutions_compute_in_bfloat16(tmp_path: Path) -> None:
    images = fast(tmp_path, **IMAGES).experiment
    table = fast(tmp_path, model={"kind": "mlp"}).experiment

    assert isinstance(images.model, Bfloat16Forward)
    assert images.dataset.train.inputs.is_contiguous(memory_format=torch.channels_last)
    assert not isinstance(table.model, Bfloat16Forward)
    assert table.stack.fused == ("Adam",)


def test_that_exact_arithmetic_changes_nothing(tmp_path: Path) -> None:
    run = Recorder(tmp_path, **{**IMAGES, "loop": {"arithmetic": "exact"}})
    model, stack = run.experiment.model, run.experiment.stack

    assert run.experiment.arithmetic == Arithmetic(blocked=True)  # the same bits, sooner
    assert type(model) is BlockedForward
    assert all(weight.is_contiguous() for weight in model.parameters())
    assert stack.fused == ()
    assert notices(run) == []


def test_that_the_log_says_what_is_switched_on(tmp_path: Path) -> None:
    (told,) = notices(fast(tmp_path, **IMAGES))
    assert told == (
        "Fast arithmetic: channels last, fused Adam, bfloat16 in the forward pass; digits "
        "differ from exact runs."
    )


def test_that_the_log_says_what_is_missing_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arithmetic, "has_bfloat16", lambda _device: False)
    rmsprop = {"kind": "rmsprop"}
    not_fused = (
        "RMSprop is not fused: on the CPU that is done for SGD, Adam, AdamW, Adagrad"
    )

    (of_images,) = notices(fast(tmp_path, **IMAGES, optimizer=rmsprop))
    (of_table,) = notices(fast(tmp_path, optimizer=rmsprop))
    assert of_images == (
        "Fast arithmetic: channels last; digits differ from exact runs. "
        f"{not_fused} alone. bfloat16 is left out: "
        "this processor has no instructions for it."
    )
    assert of_table == (
        f"Fast arithmetic changes nothing here. {not_fused} alone. "
        "Channels last and bfloat16 are used for convolutions alone."
    )


def test_that_the_parts_of_muon_are_named_apart(tmp_path: Path) -> None:
    run = fast(tmp_path, **IMAGES, optimizer={"kind": "muon"})

    assert (run.experiment.stack.fused, run.experiment.stack.not_fused) == (
        ("AdamW",),
        ("Muon",),
    )
    assert run.experiment.facts["environment"]["steps_by"] == "fused"


def test_that_the_environment_knows_all_of_it(tmp_path: Path) -> None:
    exact, found = (
        Recorder(tmp_path, **{**IMAGES, "loop": {"arithmetic": mode}}).experiment.facts[
            "environment"
        ]
        for mode in ("exact", "fast")
    )
    assert differences(exact, found) == [
        "its forward pass computes in bfloat16 instead of full precision",
        "it stores images channels last instead of channels first",
        "it steps the optimizer by fused instead of torch's choice",
    ]


def test_that_another_word_is_refused() -> None:
    with pytest.raises(Exception, match=r"loop\.arithmetic.*exact"):
        Plan.from_values({"loop": {"arithmetic": "quick"}})


def make_stack(kind: str, weights: list[nn.Parameter]) -> OptimizerStack:
    named = [(str(index), weight) for index, weight in enumerate(weights)]
    settings = OPTIMIZERS[kind].model_validate({"lr": 0.05})
    return build_optimizer(settings, Lookahead(), named, fused=True)


def images_last(seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(4, 3, 5, 5, generator=generator)
    return values.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("kind", FUSED)
def test_that_a_fused_step_is_its_parts(kind: str) -> None:
    weight = nn.Parameter(images_last(0))
    stack = make_stack(kind, [weight])
    (part,) = stack.parts
    for step in range(10):
        weight.grad = images_last(step + 1)
        moment = observe(part, weight, part.param_groups[0])
        before = weight.detach().clone()
        stack.step()
        found = decompose(moment)
        assert found is not None
        change = weight.detach() - before
        torch.testing.assert_close(change, found.change, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", FUSED)
def test_that_a_loaded_state_lies_in_memory_as_its_weight(kind: str) -> None:
    one, other = nn.Parameter(images_last(0)), nn.Parameter(images_last(0))
    stack, resumed = make_stack(kind, [one]), make_stack(kind, [other])
    one.grad = images_last(1)
    stack.step()
    state = stack.state_dict()
    (values,) = (part["state"].get(0, {}) for part in state["parts"])
    state["parts"][0]["state"][0] = {  # as it comes from a file
        name: value.contiguous() if isinstance(value, Tensor) else value
        for name, value in values.items()
    }
    resumed.load_state_dict(state)
    other.data.copy_(one.data)
    for weight, optimizer in ((one, stack), (other, resumed)):
        weight.grad = images_last(2)
        optimizer.step()

    assert torch.equal(one, other)


def test_that_a_state_goes_from_a_fused_optimizer_to_another_and_back() -> None:
    weight = nn.Parameter(images_last(0))
    plain = build_optimizer(Adam(), Lookahead(), [("0", weight)])
    fused = build_optimizer(Adam(), Lookahead(), [("0", weight)], fused=True)
    weight.grad = images_last(1)
    for one, other in ((plain, fused), (fused, plain)):
        one.step()
        other.load_state_dict(one.state_dict())
        assert other.fused == (("Adam",) if other is fused else ())
        assert other.parts[0].state[weight]["step"] == one.parts[0].state[weight]["step"]
