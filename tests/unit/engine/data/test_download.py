import hashlib
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers.file_server import FileServer, Reply, serving
from tests.helpers.load_context import FakeLoadContext
from workbench.core.errors import CancelledError, DataError
from workbench.engine.data.download import Download, Patience, download

CONTENT = os.urandom(300_000)
QUICK = Patience(stall_s=0.3, pause_s=0, poll_s=0.02, tries=4)
PATIENT = Patience(stall_s=60, pause_s=0, poll_s=0.02, tries=4)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "data" / "file.tar.gz"


def source_of(server: FileServer, content: bytes = CONTENT) -> Download:
    return Download(server.url, len(content), hashlib.sha256(content).hexdigest())


def part_of(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def test_that_a_whole_download_arrives_under_its_name_and_nothing_is_left_beside_it(target):
    with serving(CONTENT) as server:
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def test_that_progress_is_told_in_megabytes_with_the_name_of_the_server(target):
    context = FakeLoadContext()
    with serving(CONTENT, Reply(stall_after=100_000), Reply()) as server:
        download(source_of(server), target, context, QUICK)
    told = [(what, share) for what, share in context.reports if "Downloading" in what]
    assert "of 0.3 MB from 127.0.0.1" in told[0][0]
    assert 0 < told[0][1] <= 1


def test_that_a_dropped_connection_goes_on_where_it_was(target):
    with serving(CONTENT, Reply(cut_after=100_000), Reply(cut_after=50_000)) as server:
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert server.ranges_asked == [None, "bytes=100000-", "bytes=150000-"]
    assert target.read_bytes() == CONTENT


def test_that_a_server_without_ranges_is_asked_again_from_the_start(target):
    with serving(CONTENT, Reply(cut_after=100_000), has_ranges=False) as server:
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert server.ranges_asked == [None, "bytes=100000-"]
    assert target.read_bytes() == CONTENT


def test_that_a_stalling_server_counts_as_dropped_after_the_time_limit(target):
    with serving(CONTENT, Reply(stall_after=100_000)) as server:
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert server.ranges_asked == [None, "bytes=100000-"]
    assert target.read_bytes() == CONTENT


def test_that_connections_which_keep_dropping_end_in_an_error_that_keeps_the_part(target):
    with (
        serving(CONTENT, *[Reply(cut_after=1000)] * 9) as server,
        pytest.raises(DataError, match=r"127\.0\.0\.1.*kept"),
    ):
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert len(server.ranges_asked) == QUICK.tries
    assert part_of(target).read_bytes() == CONTENT[:4000]
    assert not target.exists()


def test_that_stopping_acts_while_the_server_stalls_and_the_next_call_resumes(target):
    class StopsAtStall(FakeLoadContext):
        def report(self, what: str, fraction: float | None = None) -> None:
            if fraction == pytest.approx(1 / 3):
                raise CancelledError("stopped")

    with serving(CONTENT, Reply(stall_after=100_000)) as server:
        # Nothing but the report can end this: the server stalls for longer than the test.
        with pytest.raises(CancelledError):
            download(source_of(server), target, StopsAtStall(), PATIENT)
        assert part_of(target).read_bytes() == CONTENT[:100_000]
        download(source_of(server), target, FakeLoadContext(), PATIENT)
    assert server.ranges_asked == [None, "bytes=100000-"]
    assert target.read_bytes() == CONTENT


@contextmanager
def silent_port() -> Iterator[str]:
    """Take connections and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/file"


def test_that_stopping_acts_while_the_server_does_not_answer_at_all(target):
    class StopsAtSecondReport(FakeLoadContext):
        def report(self, what: str, fraction: float | None = None) -> None:
            super().report(what, fraction)
            if len(self.reports) == 2:
                raise CancelledError("stopped")

    with silent_port() as url, pytest.raises(CancelledError):
        download(Download(url, 5, ""), target, StopsAtSecondReport(), PATIENT)


def test_that_a_part_that_is_already_whole_is_only_verified(target):
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT)
    with serving(CONTENT) as server:
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert server.ranges_asked == []
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"x" * 1000, b"x" * 400_000, b"x" * 300_000])
def test_that_a_bad_part_of_an_earlier_time_is_fetched_anew(target, part):
    target.parent.mkdir()
    part_of(target).write_bytes(part)
    with serving(CONTENT) as server:
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert target.read_bytes() == CONTENT


def test_that_wrong_content_of_the_right_size_is_refused_and_removed(target):
    wrong = bytes(len(CONTENT))
    with serving(wrong) as server, pytest.raises(DataError, match="SHA-256"):
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert list(target.parent.iterdir()) == []


def test_that_another_file_is_refused_before_it_is_fetched(target):
    with (
        serving(b"<html>sign in</html>") as server,
        pytest.raises(DataError, match="20 byt"),
    ):
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert not part_of(target).exists()


def test_that_a_server_that_tells_no_length_is_believed_up_to_the_size(target):
    with serving(CONTENT + b"more", Reply(tells_length=False)) as server:
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert target.read_bytes() == CONTENT


def test_that_a_missing_file_is_an_error_at_once_that_says_what_the_server_said(target):
    with (
        serving(CONTENT, Reply(status=404)) as server,
        pytest.raises(DataError, match="404 Not Found"),
    ):
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert len(server.ranges_asked) == 1


def test_that_a_busy_server_is_asked_again(target):
    with serving(CONTENT, Reply(status=503)) as server:
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert target.read_bytes() == CONTENT


def test_that_stopping_acts_while_the_next_try_is_waited_for(target):
    patience = Patience(pause_s=3600)
    with serving(CONTENT, Reply(status=503)) as server, pytest.raises(CancelledError):
        download(
            source_of(server), target, FakeLoadContext(stop_at="trying again"), patience
        )
    assert len(server.ranges_asked) == 1


def test_that_a_redirection_is_followed_and_keeps_the_range(target):
    target.parent.mkdir()
    part_of(target).write_bytes(CONTENT[:1000])
    with serving(CONTENT) as there:
        moved = Reply(status=302, location=there.url)
        with serving(b"", moved) as here:
            download(source_of(here), target, FakeLoadContext(), QUICK)
    assert there.ranges_asked == ["bytes=1000-"]
    assert target.read_bytes() == CONTENT


def test_that_a_redirection_to_a_local_file_is_refused(target, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    moved = Reply(status=302, location=secret.as_uri())
    with serving(b"", moved) as server, pytest.raises(DataError):
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert not target.exists()


def test_that_without_a_network_the_error_names_the_host_and_every_way_out(target):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    source = Download(f"http://127.0.0.1:{port}/file", 5, "")
    with pytest.raises(DataError) as caught:
        download(source, target, FakeLoadContext(), PATIENT)
    for words in (f"No connection to 127.0.0.1:{port}", "data.archive", "--data", "preset"):
        assert words in str(caught.value)


def test_that_an_unknown_host_is_an_error_and_not_a_crash(target):
    source = Download("http://no-such-host.invalid/file", 5, "")
    with pytest.raises(DataError, match=r"No connection to no-such-host\.invalid"):
        download(source, target, FakeLoadContext(), PATIENT)


def test_that_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file in the way")
    with pytest.raises(DataError, match=r"Cannot write to '.*data'"):
        download(
            Download("http://127.0.0.1:1/", 5, ""),
            tmp_path / "data" / "f",
            FakeLoadContext(),
        )


def test_that_a_full_disk_is_said_before_the_download(target, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    with pytest.raises(DataError, match="1 MB free, the download needs 170"):
        download(
            Download("http://127.0.0.1:1/", 170_000_000, ""), target, FakeLoadContext()
        )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_that_a_disk_that_fills_up_meanwhile_is_an_error(target):
    target.parent.mkdir()
    part_of(target).symlink_to("/dev/full")
    with serving(CONTENT) as server, pytest.raises(DataError, match=r"Cannot write.*space"):
        download(source_of(server), target, FakeLoadContext(), QUICK)
    assert not target.exists()


def test_that_no_thread_is_left_when_the_download_is_done(target):
    with serving(CONTENT) as server:
        download(source_of(server), target, FakeLoadContext(), QUICK)
        mine = [t for t in threading.enumerate() if t.name == "download"]
        for thread in mine:
            thread.join(5)
    assert not any(thread.is_alive() for thread in mine)
