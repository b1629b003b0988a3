"""Journeys into a run: the post-mortem, one step of one weight, the bowl, the guide."""

from __future__ import annotations

import math
import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from tests.helpers.desk import Desk
from workbench.core.run import RunState


def begin(desk: Desk, preset: str, **fields: str) -> None:
    """Choose a preset and change fields, named section__field; a kind goes first."""
    desk.choose_preset(preset)
    for path, text in fields.items():
        section, name = path.split("__")
        if name == "kind":
            desk.choose_kind(section, text)
        else:
            desk.set_field(section, name, text)
    desk.leave_fields()


def picture(desk: Desk, name: str) -> None:
    """Keep a picture of the window where a folder for them is named."""
    if folder := os.environ.get("WORKBENCH_TEST_PICTURES"):
        desk.window.grab().save(str(Path(folder) / f"{name}.png"))


def test_that_a_diverged_run_goes_on_from_a_kept_step_with_a_tenth_of_the_rate(
    desk: Desk,
) -> None:
    begin(desk, "quickstart-linear", optimizer__kind="sgd", optimizer__lr="0.6")
    parent = desk.train()
    assert parent.state is RunState.DIVERGED
    postmortem = desk.window.insight.postmortem
    assert postmortem.isVisible()
    first = max(1, parent.num_steps - 200)
    last = parent.num_steps - 1  # the bad one changed nothing
    seen = f"Every step from {first:,} to {last:,} is drawn."
    assert desk.text("accident_detail") == seen
    picture(desk, "postmortem")
    step = postmortem.kept_steps[-1]

    desk.push("rewind", postmortem)
    desk.wait(lambda: len(desk.runs) == 2)
    fork = desk.wait_for_end()

    assert fork.state is RunState.FINISHED
    assert fork.plan.optimizer.lr == 0.06
    assert f"from step {step}" in fork.name
    theirs, ours = parent.history.steps.loss.values(), fork.history.steps.loss.values()
    kept = fork.num_steps - (fork.plan.loop.epochs - step)
    assert kept == step
    assert (ours[:step] == theirs[:step]).all()
    assert math.isfinite(ours[-1])
    assert ours[-1] < ours[step]
    picture(desk, "rewound")


def test_that_an_exploding_loss_pauses_the_run_which_can_go_on_anyway(desk: Desk) -> None:
    begin(desk, "quickstart-linear", optimizer__kind="sgd", optimizer__lr="0.01")
    desk.train()
    bound = desk.run.history.landscape
    assert bound is not None
    begin(desk, "quickstart-linear", optimizer__kind="sgd")
    desk.set_field("optimizer", "lr", repr(round(1.03 * bound.largest_stable_lr, 6)))
    desk.leave_fields()
    desk.click("train")

    desk.wait(lambda: desk.run.state is RunState.PAUSED)
    assert len(desk.run.explosions) == 1
    leap = desk.run.explosions[0].step
    seen = f"Every step from {max(1, leap - 199):,} to {leap:,} is drawn."
    desk.wait(lambda: desk.text("accident_detail") == seen)
    picture(desk, "exploded")
    desk.window.docks.bring_up("inspector")
    inspector = desk.window.insight.inspector
    desk.wait(lambda: inspector.step == desk.run.num_steps)
    inspector.setFocus()
    desk.press(Qt.Key.Key_Left)
    desk.wait(lambda: inspector.step == leap)
    desk.window.docks.bring_up("postmortem")
    paused_at = desk.run.num_steps
    desk.push("go_on", desk.window.insight.postmortem)
    desk.wait(lambda: desk.run.num_steps > paused_at)
    desk.click("stop")
    desk.wait_for_end()


def test_that_a_paused_run_explains_its_last_step_and_every_single_one(desk: Desk) -> None:
    begin(desk, "quickstart-mlp", loop__epochs="100000")
    desk.click("train")
    desk.wait_for_steps(20)
    desk.click("pause")
    desk.wait(lambda: desk.run.state is RunState.PAUSED)
    inspector = desk.window.insight.inspector
    desk.window.docks.bring_up("inspector")
    desk.window.views.rates.element_chosen.emit("hidden1.weight", (3, 2))

    desk.wait(lambda: inspector.step == desk.run.num_steps)
    picture(desk, "inspector")
    before = desk.run.num_steps
    desk.click("step")
    desk.wait(lambda: inspector.step == before + 1)
    weight = inspector.sheet
    assert weight.isVisible()
    inspector.setFocus()
    desk.press(Qt.Key.Key_Left)
    desk.wait(lambda: inspector.step == before)
    desk.click("stop")
    desk.wait_for_end()


def test_that_a_linear_run_shows_its_bowl_and_marks_the_bound_on_the_rate(
    desk: Desk,
) -> None:
    begin(desk, "quickstart-linear", loop__epochs="300")
    desk.train()
    desk.window.docks.bring_up("landscape")

    landscape = desk.run.history.landscape
    assert landscape is not None
    assert len(desk.run.history.path) > 100
    assert "diverges" in hint_of(desk)
    picture(desk, "landscape")
    desk.choose_preset("quickstart-mlp")
    assert hint_of(desk) == ""


def hint_of(desk: Desk) -> str:
    group = desk.window.panel.findChild(object, "optimizer_group")
    notes = [w.text() for w in group.findChildren(object, "lr_note") if w.isVisible()]
    return " ".join(notes)


def test_that_the_guide_shows_the_optimizer_of_the_form(desk: Desk) -> None:
    guide = desk.window.insight.guide
    assert guide.shown_page() == ""  # behind the predictions
    desk.window.docks.bring_up("guide")
    desk.wait(lambda: guide.shown_page() == "adam")
    desk.choose_kind("optimizer", "muon")

    assert guide.shown_page() == "muon"
    picture(desk, "guide")


def test_that_the_elements_of_a_weight_matrix_are_shown_while_training(desk: Desk) -> None:
    begin(desk, "quickstart-mlp", loop__epochs="100000")
    rates = desk.window.views.rates
    desk.click("train")
    desk.wait_for_steps(10)
    rates.set_mode("elements")
    desk.wait(lambda: desk.run.history.elements.latest is not None)
    desk.wait_for_steps(desk.run.num_steps + 600)
    picture(desk, "elements")
    rates.set_mode("map")
    picture(desk, "map")

    assert desk.run.history.elements.latest.tensor == "hidden1.weight"
    desk.click("stop")
    desk.wait_for_end()


def test_that_buttons_of_the_post_mortem_are_there_only_when_needed(desk: Desk) -> None:
    desk.window.docks.bring_up("postmortem")
    buttons = desk.window.insight.postmortem.findChildren(QPushButton)

    assert buttons
    assert not any(button.isVisible() for button in buttons)
