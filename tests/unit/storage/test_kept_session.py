"""Sessions that are open: always on the disk, one plain file when they are closed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.runs import add_steps, start_run
from tests.helpers.sessions import content_of, execute, full_session, small_session
from workbench.core.errors import SessionError
from workbench.core.saving import Home, SessionInUseError, Trouble
from workbench.core.session import Session
from workbench.storage import places
from workbench.storage.kept_session import KeptSession
from workbench.storage.reader import read_session
from workbench.storage.session_file import SessionFiles


class _Store(SessionFiles):
    """The real store in a folder of the test; closes what the test leaves open."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "own")
        self.folder = folder / "own"
        self.open_ones: list[KeptSession] = []

    def begin(self, session: Session, path: Path | None = None) -> KeptSession:
        return self._remember(super().begin(session, path))

    def open(self, path: Path, *, as_copy: bool = False) -> KeptSession:
        return self._remember(super().open(path, as_copy=as_copy))

    def _remember(self, kept: KeptSession) -> KeptSession:
        self.open_ones.append(kept)
        return kept


@pytest.fixture
def store(tmp_path: Path) -> Iterator[_Store]:
    made = _Store(tmp_path)
    yield made
    for kept in made.open_ones:
        kept.close()


@pytest.fixture
def named(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine" / "study.wbs"
    SessionFiles(tmp_path / "own").save(small_session(), path)
    return path


def _same(path: Path, session: Session) -> bool:
    return content_of(read_session(path)) == content_of(session)


def _is_plain(path: Path) -> bool:
    beside = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
    return path.read_bytes()[18:20] == b"\1\1" and beside == [path]


def test_a_session_without_a_name_is_on_the_disk_at_once(store: _Store) -> None:
    session = full_session()
    kept = store.begin(session)
    assert kept.home is Home.UNNAMED
    assert kept.path.parent == store.folder
    session.new_run("later")
    kept.offer(session.snapshot())
    kept.flush()
    assert kept.status().saved_at is not None
    kept.close()
    store.open_ones.clear()
    assert _is_plain(kept.path)
    assert _same(kept.path, session)


def test_a_named_file_is_changed_in_place(store: _Store, named: Path) -> None:
    kept = store.open(named)
    assert (kept.home, kept.path) == (Home.NAMED, named)
    run = start_run(name="second")
    add_steps(run, [1.0, 0.5])
    kept.session.runs.append(run)
    kept.offer(kept.session.snapshot())
    kept.flush()
    kept.close()
    store.open_ones.clear()
    assert _is_plain(named)
    assert _same(named, kept.session)


def test_what_was_there_in_the_morning_is_backed_up(store: _Store, named: Path) -> None:
    before = content_of(read_session(named))
    kept = store.open(named)
    kept.session.runs.clear()
    kept.offer(kept.session.snapshot())
    kept.close()
    store.open_ones.clear()
    (backup,) = (store.folder / "backups").glob("*/*.wbs")
    assert content_of(read_session(backup)) == before


def test_a_second_window_is_told_and_may_open_a_copy(store: _Store, named: Path) -> None:
    first = store.open(named)
    with pytest.raises(SessionInUseError, match="another window"):
        store.open(named)
    first.session.runs[0].name = "renamed meanwhile"
    first.offer(first.session.snapshot())
    first.flush()
    copy = store.open(named, as_copy=True)
    assert (copy.home, copy.origin) == (Home.COPY, named)
    assert copy.session.runs[0].name == "renamed meanwhile"


@pytest.mark.parametrize("make_link", [os.symlink, os.link])
def test_a_link_is_the_same_file(
    store: _Store, named: Path, tmp_path: Path, make_link: object
) -> None:
    link = tmp_path / "link.wbs"
    assert callable(make_link)
    make_link(named, link)
    store.open(named)
    with pytest.raises(SessionInUseError):
        store.open(link)


def test_a_damaged_file_is_opened_as_a_copy_and_left_alone(
    store: _Store, named: Path
) -> None:
    execute(named, "UPDATE part SET data = x'00' WHERE name = 'layout'")
    before = named.read_bytes()
    kept = store.open(named)
    assert (kept.home, kept.origin) == (Home.COPY, named)
    assert "layout" in kept.reason
    assert any("layout" in line for line in kept.session.damage)
    kept.session.runs[0].name = "changed"
    kept.offer(kept.session.snapshot())
    kept.flush()
    assert named.read_bytes() == before
    kept.write_back()
    assert read_session(named).runs[0].name == "changed"
    (damaged,) = named.parent.glob("*.damaged-*")
    assert damaged.read_bytes() == before


def test_much_damage_is_counted_where_it_does_not_go_into_one_sentence(
    store: _Store, named: Path
) -> None:
    SessionFiles().save(full_session(), named)
    execute(named, "UPDATE chunk SET data = x'00'")
    kept = store.open(named)
    damage = kept.session.damage
    assert len(damage) > 9
    assert kept.reason.startswith(damage[0])
    assert kept.reason.endswith(f"and {len(damage) - 8} more, which workbench check lists")
    assert kept.reason.count("; ") == 8


def test_a_file_on_a_network_drive_is_written_back_when_it_is_closed(
    store: _Store, named: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_remote(path: Path) -> bool:
        return path.parent == named.parent

    monkeypatch.setattr("workbench.storage.live_file.is_remote", is_remote)
    monkeypatch.setattr("workbench.storage.kept_session.is_remote", is_remote)
    kept = store.open(named)
    assert kept.home is Home.COPY
    assert "network" in kept.reason
    kept.session.runs[0].name = "changed"
    kept.offer(kept.session.snapshot())
    kept.close()
    store.open_ones.clear()
    assert read_session(named).runs[0].name == "changed"
    assert not kept.path.exists()


def test_save_as_goes_on_in_the_new_file(store: _Store, tmp_path: Path) -> None:
    kept = store.begin(full_session())
    old, new = kept.path, tmp_path / "named.wbs"
    kept.save_as(new)
    assert (kept.path, kept.home) == (new, Home.NAMED)
    assert not old.exists()
    kept.session.new_run("after")
    kept.offer(kept.session.snapshot())
    kept.close()
    store.open_ones.clear()
    assert _is_plain(new)
    assert _same(new, kept.session)


def test_save_as_over_a_file_that_is_open_elsewhere_is_refused(
    store: _Store, named: Path
) -> None:
    store.open(named)
    other = store.begin(full_session())
    with pytest.raises(SessionInUseError, match="open in another window"):
        other.save_as(named)
    assert other.home is Home.UNNAMED
    assert other.status().trouble is Trouble.NONE


def test_save_as_onto_itself_is_a_save(store: _Store, named: Path) -> None:
    kept = store.open(named)
    kept.session.runs[0].name = "changed"
    kept.offer(kept.session.snapshot())
    kept.save_as(named)
    assert kept.path == named
    assert not kept.status().is_behind


def test_save_as_into_a_missing_folder_changes_nothing(
    store: _Store, named: Path, tmp_path: Path
) -> None:
    kept = store.open(named)
    with pytest.raises(SessionError, match="no such folder"):
        kept.save_as(tmp_path / "missing" / "a.wbs")
    assert kept.path == named
    kept.session.runs[0].name = "still kept"
    kept.offer(kept.session.snapshot())
    kept.flush()


def test_a_file_that_is_taken_away_is_told_and_saved_elsewhere(
    store: _Store, named: Path, tmp_path: Path
) -> None:
    kept = store.open(named)
    kept.offer(kept.session.snapshot())
    named.rename(named.with_name("moved.wbs"))
    with kept._turn:
        kept._look_after()
    assert kept.status().trouble is Trouble.FILE_MOVED
    kept.session.runs[0].name = "changed"
    kept.offer(kept.session.snapshot())
    kept.save_as(tmp_path / "again.wbs")
    assert kept.status().trouble is Trouble.NONE
    kept.close()
    store.open_ones.clear()
    assert read_session(tmp_path / "again.wbs").runs[0].name == "changed"


def test_a_file_that_was_taken_away_is_rescued_when_it_is_closed(
    store: _Store, named: Path
) -> None:
    kept = store.open(named)
    named.unlink()
    with kept._turn:
        kept._look_after()
    with pytest.raises(SessionError, match="Everything is kept in"):
        kept.close()
    store.open_ones.clear()
    (left,) = store.left_behind()
    assert left.num_runs == 1


def test_closing_an_empty_session_without_a_name_leaves_nothing(store: _Store) -> None:
    kept = store.begin(Session())
    kept.close()
    store.open_ones.clear()
    assert not kept.path.exists()
    assert store.left_behind() == []


def test_a_session_without_a_name_is_offered_again(store: _Store) -> None:
    kept = store.begin(small_session())
    assert store.left_behind() == []  # it is open
    kept.close()
    store.open_ones.clear()
    (left,) = store.left_behind()
    assert (left.path, left.home, left.crashed) == (kept.path, Home.UNNAMED, False)
    store.forget(left)
    assert store.left_behind() == []
    assert not kept.path.exists()


def test_discarding_removes_only_what_has_no_name(store: _Store, named: Path) -> None:
    unnamed, other = store.begin(small_session()), store.open(named)
    unnamed.close(discard=True)
    other.close(discard=True)
    store.open_ones.clear()
    assert not unnamed.path.exists()
    assert named.exists()


@pytest.mark.parametrize(
    ("line", "remote"),
    [
        ("36 35 0:41 / /home rw,relatime shared:1 - ext4 /dev/sda rw", False),
        ("36 35 0:41 / /home rw,relatime - nfs4 server:/x rw", True),
        ("36 35 0:41 / /home rw,relatime - fuse.sshfs me@server rw", True),
        ("36 35 0:41 / /home rw,relatime - fuseblk /dev/sdb1 rw", False),
        ("36 35 0:41 / /home/my\\040files rw - cifs //server/x rw", False),
        ("nonsense", False),
    ],
)
def test_network_drives_are_known_by_their_file_system(
    tmp_path: Path, line: str, remote: bool
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 8:1 / / rw - ext4 /dev/root rw\n{line}\n")
    assert places.is_remote(Path("/home/me/a.wbs"), mounts) is remote
    spaced = places.is_remote(Path("/home/my files/a.wbs"), mounts)
    assert spaced is (remote or "cifs" in line)
