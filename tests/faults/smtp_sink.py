"""A scripted SMTP server for tests: each connection suffers one fault, and what was stored can be looked at.

The n-th connection suffers the n-th fault of the script; after the script all goes well. A fault strikes the first
message of its connection, so that the others on it show whether they were harmed.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from types import TracebackType
from typing import Self, cast

HOST = "127.0.0.1"


class Fault(StrEnum):
    """What goes wrong on one connection."""

    NONE = "none"
    BANNER_421 = "421 instead of a greeting"
    BANNER_HANGS = "no greeting at all"
    MAIL_451 = "451 to MAIL"
    MAIL_GARBLED = "no reply code to MAIL"
    RCPT_450 = "450 to RCPT"
    RCPT_550 = "550 to RCPT"
    DATA_DROPPED = "dropped straight after 354"
    FINAL_451 = "451 to the whole message"
    FINAL_552 = "552 to the whole message"
    FINAL_GARBLED = "no reply code to the whole message"
    STORED_DROPPED = "stored, then dropped"
    STORED_HANGS = "stored, then silent"
    AUTH_535 = "535 to the login"
    NO_STARTTLS = "STARTTLS not offered"


MESSAGE_REPLIES = {
    Fault.MAIL_451: ("MAIL", "451 4.3.0 later, area.a@example.org"),
    Fault.MAIL_GARBLED: ("MAIL", "what?"),
    Fault.RCPT_450: ("RCPT", "450 4.2.1 busy, area.a@example.org"),
    Fault.RCPT_550: ("RCPT", "550 5.1.1 unknown, area.a@example.org"),
    Fault.FINAL_451: (".", "451 4.3.0 not stored"),
    Fault.FINAL_552: (".", "552 5.3.4 too big"),
    Fault.FINAL_GARBLED: (".", "what?"),
}
GOOD_REPLIES = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", "RSET": "250 ok", ".": "250 2.0.0 stored"}


@dataclass(frozen=True)
class Stored:
    """A message the server holds, with the recipient of its envelope."""

    recipient: str
    message: EmailMessage

    @property
    def key(self) -> str:
        return str(self.message["Message-ID"]).strip("<>").partition("@")[0]


class Sink:
    """The server; use it in a `with`. `script` may be set again between two runs of a sender."""

    def __init__(self, script: Sequence[Fault] = ()) -> None:
        self.script = list(script)
        self.stored: list[Stored] = []
        self.heard: list[str] = []
        self.connections = 0
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server((HOST, 0), _Connection)
        self._server.sink = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, login: str = "", options: str = "") -> str:
        return f"smtp://{login}{HOST}:{self.port}{options}"

    def next_fault(self) -> Fault:
        with self._lock:
            self.connections += 1
            return self.script.pop(0) if self.script else Fault.NONE

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    sink: Sink


class _Hangup(Exception):
    """The server has closed the connection."""


class _Connection(socketserver.StreamRequestHandler):
    """One dialogue."""

    def handle(self) -> None:
        self.sink = cast(_Server, self.server).sink
        self.fault = self.sink.next_fault()
        self.recipient = ""
        try:
            self._greet()
            while verb := self._hear():
                self._answer(verb)
        except (_Hangup, OSError):
            pass

    def _greet(self) -> None:
        if self.fault is Fault.BANNER_HANGS:
            self._hang()
        if self.fault is Fault.BANNER_421:
            self._say("421 4.3.2 busy")
            raise _Hangup
        self._say("220 sink")

    def _hear(self) -> str:
        """The next command's verb; empty at the end."""
        line = self.rfile.readline().decode("latin-1").strip()
        self.sink.heard.append(line)
        if line[:4].upper() == "RCPT":
            self.recipient = line.partition("<")[2].partition(">")[0]
        return line[:4].upper()

    def _answer(self, verb: str) -> None:
        if verb == "QUIT":
            self._say("221 bye")
            raise _Hangup
        if verb == "EHLO":
            self._say("250-sink\r\n250 AUTH PLAIN")
        elif verb == "AUTH":
            self._say("535 5.7.8 no" if self.fault is Fault.AUTH_535 else "235 ok")
        else:
            self._say(self._reply(verb))
            if verb == "DATA":
                self._take_message()

    def _reply(self, step: str) -> str:
        struck, reply = MESSAGE_REPLIES.get(self.fault, ("", ""))
        if step != struck:
            return GOOD_REPLIES.get(step, "502 no")
        self.fault = Fault.NONE
        return reply

    def _take_message(self) -> None:
        if self.fault is Fault.DATA_DROPPED:
            raise _Hangup
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _Hangup
            lines.append(line.removeprefix(b"."))
        reply = self._reply(".")
        if not reply.startswith(("4", "5")):
            message = message_from_bytes(b"".join(lines), policy=policy.SMTP)
            self.sink.stored.append(Stored(self.recipient, message))
        if self.fault is Fault.STORED_DROPPED:
            raise _Hangup
        if self.fault is Fault.STORED_HANGS:
            self._hang()
        self._say(reply)

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _hang(self) -> None:
        self.sink.over.wait()
        raise _Hangup
