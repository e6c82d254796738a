"""A scripted SMTP server for tests: each connection suffers one fault, and what was stored can be looked at.

The n-th connection suffers the n-th fault of the script; after the script all goes well. A fault strikes once, the first
message that comes to its stage or a later one, so that the others on its connection show whether they were harmed.
"""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from types import TracebackType
from typing import Self, cast

HOST = "127.0.0.1"


class Stage(StrEnum):
    """Where in the dialogue."""

    BANNER = "banner"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    HANDSHAKE = "TLS handshake"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    TEXT = "in mid-text"
    END = "after the dot"
    RSET = "RSET"
    QUIT = "QUIT"


class Then(StrEnum):
    """What follows what the server says, or says not."""

    GO_ON = "goes on"
    DROP = "drops"
    STALL = "stalls"


@dataclass(frozen=True)
class Fault:
    """What goes wrong on one connection."""

    stage: Stage
    says: bytes | None = None
    """In place of the good reply, line end included; None: that one is given; empty: nothing is said."""
    then: Then = Then.GO_ON
    stores: bool = False
    """The message is held all the same, whatever is said after its end."""
    spares: int = 0
    """So many times the stage is passed unharmed first."""

    @property
    def is_silent(self) -> bool:
        """Whether a client has to wait until it has had enough."""
        return self.then is Then.STALL or (self.says is not None and b"\n" not in self.says and self.then is Then.GO_ON)


class Known:
    """Faults that have names."""

    BANNER_421 = Fault(Stage.BANNER, b"421 4.3.2 busy\r\n", Then.DROP)
    BANNER_HANGS = Fault(Stage.BANNER, b"", Then.STALL)
    MAIL_451 = Fault(Stage.MAIL, b"451 4.3.0 later, area.a@example.org\r\n")
    MAIL_GARBLED = Fault(Stage.MAIL, b"what?\r\n")
    RCPT_450 = Fault(Stage.RCPT, b"450 4.2.1 busy, area.a@example.org\r\n")
    RCPT_550 = Fault(Stage.RCPT, b"550 5.1.1 unknown, area.a@example.org\r\n")
    DATA_DROPPED = Fault(Stage.TEXT, b"", Then.DROP)
    FINAL_451 = Fault(Stage.END, b"451 4.3.0 not stored\r\n")
    FINAL_552 = Fault(Stage.END, b"552 5.3.4 too big\r\n")
    FINAL_GARBLED = Fault(Stage.END, b"what?\r\n", stores=True)
    STORED_DROPPED = Fault(Stage.END, b"", Then.DROP, stores=True)
    STORED_HANGS = Fault(Stage.END, b"", Then.STALL, stores=True)
    AUTH_535 = Fault(Stage.AUTH, b"535 5.7.8 no\r\n")
    NO_STARTTLS = Fault(Stage.STARTTLS, b"502 no\r\n")


GOOD_REPLIES = {
    Stage.BANNER: b"220 sink\r\n",
    Stage.STARTTLS: b"220 go on\r\n",
    Stage.AUTH: b"235 ok\r\n",
    Stage.MAIL: b"250 ok\r\n",
    Stage.RCPT: b"250 ok\r\n",
    Stage.DATA: b"354 go on\r\n",
    Stage.END: b"250 2.0.0 stored\r\n",
    Stage.RSET: b"250 ok\r\n",
    Stage.QUIT: b"221 bye\r\n",
}
STAGE_OF = {stage.value[:4].upper(): stage for stage in GOOD_REPLIES if stage not in (Stage.BANNER, Stage.END)}


@dataclass(frozen=True)
class Stored:
    """A message the server holds, with a recipient of its envelope."""

    recipient: str
    message: EmailMessage

    @property
    def key(self) -> str:
        return str(self.message["Message-ID"]).strip("<>").partition("@")[0]


class Sink:
    """The server; use it in a `with`. `script` may be set again between two runs of a sender."""

    def __init__(self, script: Sequence[Fault] = (), tls: ssl.SSLContext | None = None) -> None:
        self.script = list(script)
        self.tls = tls
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

    def next_fault(self) -> Fault | None:
        with self._lock:
            self.connections += 1
            return self.script.pop(0) if self.script else None

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
        self.passed = 0
        self.recipients: list[str] = []
        self.is_secret = False
        try:
            self._say(Stage.BANNER)
            while verb := self._hear():
                self._answer(verb)
        except (_Hangup, OSError):
            pass

    def finish(self) -> None:
        super().finish()
        if self.is_secret:
            self.request.close()

    def _hear(self) -> str:
        """The next command's verb; empty at the end."""
        line = self.rfile.readline().decode("latin-1").strip()
        self.sink.heard.append(line)
        if line[:4].upper() == "RCPT":
            self.recipients.append(line.partition("<")[2].partition(">")[0])
        return line[:4].upper()

    def _answer(self, verb: str) -> None:
        stage = STAGE_OF.get(verb)
        if verb == "EHLO":
            self._say(Stage.EHLO, self._abilities())
        elif stage is None or (stage is Stage.STARTTLS and self.sink.tls is None):
            self.wfile.write(b"502 no\r\n")
        elif not self._say(stage).startswith(b"3"):
            if stage is Stage.STARTTLS:
                self._make_secret()
            elif stage in (Stage.MAIL, Stage.RSET):
                self.recipients.clear()
            elif stage is Stage.QUIT:
                raise _Hangup
        else:
            self._take_message()

    def _abilities(self) -> bytes:
        offered = [] if self.sink.tls is None or self.is_secret else [b"STARTTLS"]
        *lines, last = [b"sink", *offered, b"AUTH PLAIN"]
        return b"".join(b"250-%b\r\n" % line for line in lines) + b"250 %b\r\n" % last

    def _make_secret(self) -> None:
        self._say(Stage.HANDSHAKE, b"")
        assert self.sink.tls
        super().finish()  # lets go of the files of the bare socket
        self.request = self.sink.tls.wrap_socket(self.request, server_side=True)
        self.is_secret = True
        self.setup()

    def _take_message(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _Hangup
            if not lines:
                self._say(Stage.TEXT, b"")
            lines.append(line.removeprefix(b"."))
        fault = self._strikes(Stage.END)
        if fault is None or fault.stores or fault.says is None or _is_good(fault.says):
            message = message_from_bytes(b"".join(lines), policy=policy.SMTP)
            self.sink.stored += [Stored(recipient, message) for recipient in self.recipients]
        self._say_so(fault, GOOD_REPLIES[Stage.END])
        self.recipients.clear()

    def _strikes(self, stage: Stage) -> Fault | None:
        """The fault, if it strikes now; it never does again."""
        if self.fault is None or self.fault.stage is not stage:
            return None
        self.passed += 1
        if self.passed <= self.fault.spares:
            return None
        fault, self.fault = self.fault, None
        return fault

    def _say(self, stage: Stage, good: bytes | None = None) -> bytes:
        """Give the reply of a stage, or what a fault says in its place; what was said."""
        return self._say_so(self._strikes(stage), GOOD_REPLIES[stage] if good is None else good)

    def _say_so(self, fault: Fault | None, good: bytes) -> bytes:
        said = good if fault is None or fault.says is None else fault.says
        self.wfile.write(said)
        if fault and fault.then is Then.DROP:
            raise _Hangup
        if fault and fault.then is Then.STALL:
            self.sink.over.wait()
            raise _Hangup
        return said


def _is_good(reply: bytes) -> bool:
    """Of several lines the last one says what became of the message."""
    return reply.rstrip().rpartition(b"\n")[2].startswith(b"2")
