"""A real mail server for tests: Postfix, with STARTTLS and a login, that puts what it accepts into a maildir.

It listens on two free ports of this machine: one that wants encryption and a login, one that offers neither. Its programs
run as users of their own, so it needs root. (The OpenSMTPD of Debian 12, 6.8.0, cannot do TLS with its OpenSSL 3:
github.com/OpenSMTPD/OpenSMTPD/issues/1171.)
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from glob import glob
from pathlib import Path
from pwd import getpwnam
from typing import Self, cast

from tests.certificates import NAME as HOST
from tests.certificates import write_certificate
from tests.tools import need

POSTFIX, REGISTER = "/usr/sbin/postfix", "/usr/sbin/saslpasswd2"
PACKAGES = {POSTFIX: "postfix", REGISTER: "sasl2-bin", "/usr/lib/*/sasl2/libplain.so": "libsasl2-modules"}
"""What has to be there, and the package that has it."""
USER, PASSWORD = "reports", "not-for-others"
PATIENCE_SECONDS = 60

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_protocols = ipv4
myhostname = {host}
mydestination =
alias_maps =
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_cert_file = {folder}/certificate.pem
smtpd_tls_key_file = {folder}/certificate.pem
smtpd_sasl_local_domain = {host}
cyrus_sasl_config_path = {folder}/sasl
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{plain_port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
"""
LOGIN = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {folder}/sasl/users
mech_list: PLAIN LOGIN
"""


@dataclass(frozen=True)
class MailServer:
    """The running server."""

    folder: Path
    port: int
    plain_port: int

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    @property
    def _arrived(self) -> Path:
        return self.folder / "mail" / "all" / "new"

    def url(self, login: str, options: str, *, encrypted: bool = True) -> str:
        return f"smtp://{login}{HOST}:{self.port if encrypted else self.plain_port}{options}"

    def wait_for(self, number: int) -> list[EmailMessage]:
        """What has arrived, once it is so many; for none, after a while in which some would have come."""
        until = time.monotonic() + (PATIENCE_SECONDS if number else 1)
        while time.monotonic() < until and (not number or len(self._files()) < number):
            time.sleep(0.1)
        return [cast(EmailMessage, message_from_bytes(path.read_bytes(), policy=SMTP)) for path in self._files()]

    def forget(self) -> None:
        for path in self._files():
            path.unlink()

    def _files(self) -> list[Path]:
        return sorted(self._arrived.glob("*"))

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Self]:
        """The server, for as long as it is used."""
        absent = [package for place, package in PACKAGES.items() if not glob(place)]
        need(not absent, ", ".join(absent))
        need(os.geteuid() == 0, "root, as which Postfix must be started")
        folder = Path(tempfile.mkdtemp())  # its users must be able to reach it, and cannot reach pytest's folders
        server = cls(folder, _free_port(), _free_port())
        server._set_up()
        try:
            server._postfix("start")
            server._wait_until_it_answers()
            yield server
        finally:
            server._postfix("stop")
            shutil.rmtree(folder)

    def _set_up(self) -> None:
        nobody = getpwnam("nobody")
        told = {"host": HOST, "folder": self.folder, "port": self.port, "plain_port": self.plain_port}
        self.folder.chmod(0o755)
        for name in ("queue", "data", "mail", "sasl"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mail", "nobody")
        write_certificate(self.folder)
        (self.folder / "main.cf").write_text(MAIN.format(**told, uid=nobody.pw_uid, gid=nobody.pw_gid))
        (self.folder / "master.cf").write_text(MASTER.format(**told))
        (self.folder / "sasl" / "smtpd.conf").write_text(LOGIN.format(**told))
        users = self.folder / "sasl" / "users"
        register = [REGISTER, "-p", "-c", "-u", HOST, "-f", str(users), USER]
        subprocess.run(register, input=PASSWORD, text=True, check=True, capture_output=True)
        shutil.chown(users, "postfix")

    def _postfix(self, what: str) -> None:
        done = subprocess.run([POSTFIX, "-c", str(self.folder), what], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{done.stderr}\n{self._log()}"

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection((HOST, self.plain_port), timeout=5) as connection:
                if connection.recv(3) == b"220":
                    return
            time.sleep(0.1)
        raise AssertionError(f"Postfix does not answer: {self._log()}")

    def _log(self) -> str:
        log = self.folder / "log"
        return log.read_text(encoding="utf-8") if log.exists() else ""


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
