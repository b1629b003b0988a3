"""Offering the session to the disk, and knowing how far the disk has got."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.fake_store import FakeLive, FakeStore
from workbench.core.saving import SaveStatus, Trouble
from workbench.core.session import Session
from workbench.ui.session_saver import SessionSaver


class Clock:
    """A monotonic clock that stands until it is set forward."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def live(store: FakeStore) -> FakeLive:
    return store.begin(Session(), Path("/x/a.wbs"))


@pytest.fixture
def saver(clock: Clock, live: FakeLive, qtbot: QtBot) -> SessionSaver:
    saver = SessionSaver(clock=clock)
    saver.follow(live.session, live)
    return saver


def test_that_an_idle_session_costs_nothing(saver: SessionSaver, live: FakeLive) -> None:
    assert not saver.is_at_work
    assert live.offers == []


def test_that_many_changes_are_offered_once(saver: SessionSaver, live: FakeLive) -> None:
    saver.note_change()
    saver.note_change()
    assert saver.is_at_work
    saver.tick()
    assert len(live.offers) == 1
    saver.tick()
    assert len(live.offers) == 1
    assert not saver.is_at_work


def test_that_a_run_under_way_is_offered_all_the_time(
    saver: SessionSaver, live: FakeLive
) -> None:
    saver.set_run_active(True)
    for _ in range(3):
        saver.tick()
    assert len(live.offers) == 3
    saver.set_run_active(False)
    saver.tick()
    saver.tick()
    assert len(live.offers) == 4  # with its end
    assert not saver.is_at_work


def test_that_an_offer_is_a_snapshot(saver: SessionSaver, live: FakeLive) -> None:
    session = Session()
    saver.follow(session, live)
    saver.offer()
    session.new_run()
    assert live.offers[0].runs == []


def test_that_the_layout_can_be_put_in_before_each_offer(
    saver: SessionSaver, live: FakeLive
) -> None:
    session = Session()
    saver.follow(session, live)

    def put_in() -> None:
        session.layout = b"layout"

    saver.about_to_offer.connect(put_in)
    saver.offer()
    assert live.offers[0].layout == b"layout"


def test_that_the_disk_is_behind_only_after_a_second(
    saver: SessionSaver, store: FakeStore, clock: Clock, qtbot: QtBot
) -> None:
    told: list[bool] = []
    saver.behind_changed.connect(told.append)
    store.disk.is_holding = True
    saver.offer()
    clock.now_s += 0.9
    saver.look()
    assert not saver.is_behind
    clock.now_s += 0.2
    saver.look()
    assert saver.is_behind
    store.disk.is_holding = False
    saver.look()
    assert told == [True, False]


def test_that_a_disk_that_gets_on_is_not_behind(
    saver: SessionSaver, store: FakeStore, live: FakeLive, clock: Clock
) -> None:
    for _ in range(4):
        store.disk.is_holding = True
        saver.offer()
        live._saved_at = store.disk.tick()  # an older offer has been written meanwhile
        clock.now_s += 0.9
        saver.look()
    assert saver.status.is_behind
    assert not saver.is_behind


def test_that_trouble_is_told_at_once_and_its_end_too(
    saver: SessionSaver, store: FakeStore, live: FakeLive
) -> None:
    told: list[SaveStatus] = []
    saver.status_changed.connect(told.append)
    store.disk.trouble = Trouble.DISK_FULL
    saver.offer()
    saver.look()
    assert told[-1].trouble is Trouble.DISK_FULL
    assert saver.is_behind
    store.disk.trouble = Trouble.NONE
    live.retry()
    saver.look()
    assert told[-1].trouble is Trouble.NONE
    assert not saver.is_behind


def test_that_it_keeps_looking_while_something_is_not_on_the_disk(
    saver: SessionSaver, store: FakeStore
) -> None:
    store.disk.trouble = Trouble.DISK_FULL
    saver.note_change()
    saver.tick()
    saver.tick()
    assert saver.is_at_work


def test_that_without_a_file_it_says_what_is_held_in_memory() -> None:
    saver = SessionSaver()
    session = Session()
    session.new_run().history.steps.append(1.0, 0.1)
    saver.hold(session, "The folder cannot be made.")
    assert saver.status.trouble is Trouble.DISK_ERROR
    assert saver.status.held_steps == 1
    assert saver.is_behind


def test_that_nothing_is_offered_after_the_end(saver: SessionSaver, live: FakeLive) -> None:
    saver.set_run_active(True)
    saver.release()
    saver.offer()
    assert live.offers == []
    assert not saver.is_at_work
