"""How fast a run goes and how long it will take."""

from __future__ import annotations

import pytest

from workbench.ui.progress import Progress, format_duration, format_rate


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Trainer:
    """Does steps at a given speed and tells them to a progress ten times a second."""

    def __init__(self, total_steps: int, first_step: int = 0) -> None:
        self.clock = Clock()
        self.progress = Progress(self.clock)
        self.progress.begin(total_steps, first_step)
        self._step = float(first_step)

    def train(self, seconds: float, steps_per_s: float) -> None:
        for _ in range(round(seconds * 10)):
            self.clock.now_s += 0.1
            self._step += steps_per_s / 10
            self.progress.update(round(self._step))


def test_that_nothing_is_claimed_before_a_second_of_training() -> None:
    trainer = Trainer(1000)
    trainer.train(0.9, 100)
    assert trainer.progress.steps_per_s is None
    assert trainer.progress.left_s is None
    trainer.train(0.2, 100)
    assert trainer.progress.steps_per_s == pytest.approx(100)


def test_that_time_left_is_the_rest_at_the_present_speed() -> None:
    trainer = Trainer(1000)
    trainer.train(4, 100)
    assert trainer.progress.left_s == pytest.approx(600 / 100)


def test_that_the_shown_speed_follows_a_change_within_seconds() -> None:
    trainer = Trainer(100_000)
    trainer.train(20, 1000)
    trainer.train(4, 200)
    assert trainer.progress.steps_per_s == pytest.approx(200)


def test_that_time_left_rests_on_the_last_minute() -> None:
    trainer = Trainer(100_000)
    trainer.train(200, 100)
    trainer.train(30, 200)
    # half of the last minute at 100, half at 200 steps a second
    rest = 100_000 - 200 * 100 - 30 * 200
    assert trainer.progress.left_s == pytest.approx(rest / 150, rel=0.01)


def test_that_pauses_count_neither_as_time_nor_against_the_speed() -> None:
    trainer = Trainer(1000)
    trainer.train(2, 100)
    trainer.progress.pause()
    trainer.clock.now_s += 3600
    assert trainer.progress.elapsed_s == pytest.approx(2)
    trainer.progress.resume()
    trainer.train(1, 100)
    assert trainer.progress.elapsed_s == pytest.approx(3)
    assert trainer.progress.steps_per_s == pytest.approx(100)
    assert trainer.progress.left_s == pytest.approx(7)


def test_that_pausing_or_resuming_twice_changes_nothing() -> None:
    trainer = Trainer(1000)
    trainer.train(2, 100)
    trainer.progress.resume()
    trainer.progress.pause()
    trainer.clock.now_s += 10
    trainer.progress.pause()
    assert trainer.progress.elapsed_s == pytest.approx(2)


def test_that_only_steps_of_this_run_count_where_it_was_continued() -> None:
    trainer = Trainer(total_steps=1000, first_step=900)
    trainer.train(5, 10)
    assert trainer.progress.steps_per_s == pytest.approx(10)
    assert trainer.progress.left_s == pytest.approx(5)


def test_that_slow_steps_are_measured_over_more_than_the_window() -> None:
    trainer = Trainer(100)
    for step in (1, 2, 3):
        trainer.clock.now_s += 20
        trainer.progress.update(step)
    assert trainer.progress.steps_per_s == pytest.approx(1 / 20)
    assert trainer.progress.left_s == pytest.approx(97 * 20)


def test_that_hearing_the_same_step_again_changes_nothing() -> None:
    trainer = Trainer(1000)
    trainer.train(2, 100)
    speed = trainer.progress.steps_per_s
    trainer.progress.update(200)
    trainer.progress.update(150)
    assert trainer.progress.step == 200
    assert trainer.progress.steps_per_s == speed


def test_that_no_time_is_left_at_the_end() -> None:
    trainer = Trainer(200)
    trainer.train(2, 100)
    assert trainer.progress.left_s == 0


def test_that_a_clock_that_stands_still_gives_no_speed() -> None:
    clock = Clock()
    progress = Progress(clock)
    progress.begin(10)
    progress.update(5)
    assert progress.steps_per_s is None


def test_that_begin_forgets_the_run_before() -> None:
    trainer = Trainer(1000)
    trainer.train(5, 100)
    trainer.progress.begin(total_steps=50)
    assert (trainer.progress.step, trainer.progress.elapsed_s) == (0, 0)
    assert trainer.progress.left_s is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0:00"),
        (12.9, "0:12"),
        (61, "1:01"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (47 * 3600, "47:00:00"),
        (49 * 3600, "2 d 1 h"),
    ],
)
def test_that_times_are_shown_as_on_a_clock(seconds: float | None, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (None, "– steps/s"),
        (0.0, "– steps/s"),
        (0.05, "20.0 s/step"),
        (3.25, "3.2 steps/s"),
        (1240.4, "1,240 steps/s"),
    ],
)
def test_that_speeds_are_shown_in_the_unit_that_fits(rate: float | None, text: str) -> None:
    assert format_rate(rate) == text
