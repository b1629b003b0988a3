"""A web server of one file, in a thread, that misbehaves as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from typing_extensions import override


@dataclass
class Reply:
    """How one request is answered; the default is to send all that is asked for."""

    status: int = 200
    cut_after: int | None = None  # close the connection after so many bytes
    stall_after: int | None = None  # send so many bytes, then nothing more
    location: str = ""
    tells_length: bool = True


class FileServer(ThreadingHTTPServer):
    """Serves `content`; the n-th request gets the n-th reply, later ones the default."""

    daemon_threads = False  # so that closing waits for them

    def __init__(self, content: bytes, replies: list[Reply], *, has_ranges: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.replies = replies
        self.has_ranges = has_ranges
        self.ranges_asked: list[str | None] = []
        self.is_stalling = threading.Event()
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/file.tar.gz"

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        server = cast("FileServer", self.server)
        number = len(server.ranges_asked)
        asked = self.headers["Range"]
        server.ranges_asked.append(asked)
        reply = server.replies[number] if number < len(server.replies) else Reply()
        if reply.status != 200:
            self._refuse(reply)
            return
        start = int(asked[6:-1]) if asked and server.has_ranges else 0
        self._send(server, reply, start)

    def _refuse(self, reply: Reply) -> None:
        self.send_response(reply.status)
        if reply.location:
            self.send_header("Location", reply.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, server: FileServer, reply: Reply, start: int) -> None:
        total = len(server.content)
        body = server.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        if reply.tells_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: reply.cut_after][: reply.stall_after])
        self.wfile.flush()
        if reply.stall_after is not None:
            server.is_stalling.set()
            server.released.wait()
        self.close_connection = True


@contextmanager
def serving(
    content: bytes, *replies: Reply, has_ranges: bool = True
) -> Iterator[FileServer]:
    """Serve the content for as long as the block lasts."""
    server = FileServer(content, list(replies), has_ranges=has_ranges)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
