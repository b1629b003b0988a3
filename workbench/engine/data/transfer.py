"""One HTTP answer, received in a thread of its own so that waiting can be cut short.

Name lookup, connecting and reading all block, some of them beyond any time limit. The
thread is a daemon: abandoned, it ends by itself when its socket does.
"""

from __future__ import annotations

import http.client
import queue
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

_CHUNK = 2**16
_WAITING = 64  # chunks that may wait to be written: 4 MB
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class Interrupted(Exception):  # noqa: N818 - an event of every network, not a fault
    """The connection failed or ended; a later try may go on."""

    def __init__(self, reason: str, *, answered: bool) -> None:
        self.answered = answered  # whether the server had been reached
        super().__init__(reason)


class RefusedError(Exception):
    """The server answered that it will not send the file; the text is its reason."""


@dataclass(frozen=True)
class Answer:
    """Where in the file the bytes start that follow, and how long the file is."""

    start: int
    total: int | None  # None where the server does not say


class Transfer:
    """Asks for a file from a byte on, at once.

    Args:
        url: http or https; redirections to these are followed.
        start: The first byte wanted; the server may start at 0 all the same.
        stall_s: Without a byte for so long, the connection counts as dropped.
    """

    def __init__(self, url: str, start: int, stall_s: float) -> None:
        self._url = url
        self._start = start
        self._stall_s = stall_s
        self._items: queue.Queue[Answer | bytes | Exception] = queue.Queue(_WAITING)
        self._abandoned = threading.Event()
        threading.Thread(target=self._run, name="download", daemon=True).start()

    def answer(self, timeout_s: float) -> Answer | None:
        """Return what the server says first, None where it has said nothing yet.

        Raises:
            Interrupted: without a connection.
            RefusedError: where the server has no such file.
        """
        item = self._take(timeout_s)
        return item if isinstance(item, Answer) else None

    def chunks(self, poll_s: float) -> Iterator[bytes]:
        """Yield the bytes as they come, and nothing (b"") each time that none come.

        Raises:
            Interrupted: where the connection fails.
        """
        while True:
            item = self._take(poll_s)
            if item is None:
                yield b""
            elif item == b"":
                return
            elif isinstance(item, bytes):
                yield item

    def close(self) -> None:
        """Let the thread go; it ends with its next byte or time limit."""
        self._abandoned.set()

    def _take(self, timeout_s: float) -> Answer | bytes | None:
        try:
            item = self._items.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(item, Exception):
            raise item
        return item

    def _run(self) -> None:
        answered = False
        try:
            with _opener().open(
                _request(self._url, self._start), timeout=self._stall_s
            ) as r:
                answered = True
                self._put(_read_answer(r))
                while chunk := r.read1(_CHUNK):
                    if not self._put(chunk):
                        return
            self._put(b"")
        except HTTPError as error:
            self._put(_as_failure(error))
        except Exception as error:  # noqa: BLE001 - raised on the side that waits
            self._put(Interrupted(_reason(error), answered=answered))

    def _put(self, item: Answer | bytes | Exception) -> bool:
        """Hand an item over; False once nobody wants it any more."""
        while not self._abandoned.is_set():
            try:
                self._items.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False


def _opener() -> OpenerDirector:
    """Make an opener for http and https alone: no file, ftp or data addresses."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        UnknownHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPDefaultErrorHandler(),
        HTTPRedirectHandler(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _request(url: str, start: int) -> Request:
    headers = {"User-Agent": "training-workbench", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    return Request(url, headers=headers)  # noqa: S310 - the opener knows http alone


def _read_answer(response: http.client.HTTPResponse) -> Answer:
    if response.status == http.HTTPStatus.PARTIAL_CONTENT:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None:
            raise ValueError("the server sent a part without saying which")
        return Answer(int(match[1]), int(match[2]))
    length = response.headers.get("Content-Length", "")
    return Answer(0, int(length) if length.isdigit() else None)


def _as_failure(error: HTTPError) -> Exception:
    with error:
        text = f"{error.code} {error.reason}"
        if error.code in _TRANSIENT:
            return Interrupted(text, answered=True)
        return RefusedError(text)


def _reason(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason) or type(error).__name__
