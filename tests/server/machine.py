"""Runs the services of a compose file on this machine without a container engine, as much like one as Linux allows.

Each service has a network namespace with an address of its own on one bridge, and knows the others by their names. It
sees a file system of its own: this machine's programs, the repository at /app, its volumes at their places, a new /tmp,
all read-only but what the file says. It runs as the user of the image, without any capability and unable to gain one.
What an image itself holds is this machine's: its Python environment, its PostgreSQL, its Redis.

All of it needs root, `ip`, `unshare` and `setpriv`. The bridge lies in a namespace too, so that no rule of this
machine's own network is touched.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from assurance.settings import REPOSITORY
from tests.server.compose import Service

USER = 10001
PROGRAMS = ("ip", "unshare", "setpriv", "nsenter", "chroot", "mount")
SYSTEM = ("/usr", "/etc", "/dev", "/sys")
LINKS = ("/bin", "/lib", "/lib64", "/sbin")
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
ALONE = ("--pid", "--fork")
"""In a namespace of processes: when the first one ends, so do all."""
PATIENCE_SECONDS = 400
"""Nothing takes a minute on a quiet machine."""
STOP_SECONDS = 20


class Machine:
    """Services that run as long as the `with` block; afterwards nothing of them is left."""

    def __init__(self, folder: Path, image: Mapping[str, str]) -> None:
        self.folder = folder
        self.image = image
        """What the image of ours sets in the environment."""
        self.peaks: dict[str, int] = {}
        """The most memory each service was seen to have, in bytes."""
        self._mark = f"a{secrets.token_hex(2)}"
        self._network = f"10.79.{secrets.randbelow(250) + 1}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._placed: dict[str, Service] = {}
        self._addresses: dict[str, str] = {}

    def __enter__(self) -> Machine:
        try:
            self._make_bridge()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        parents = _parents()
        for process in self._processes.values():
            for pid in _tree(process.pid, parents)[1:2]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        for place in self._addresses:
            for pid in self._pids(place):  # a shell that is the first of its namespace of processes heeds no SIGTERM
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for process in self._processes.values():
            process.wait()
        for place in [*self._addresses, "bridge"]:
            subprocess.run(["ip", "netns", "delete", self._namespace(place)], check=False, capture_output=True)
        subprocess.run(["ip", "link", "delete", f"{self._mark}-host"], check=False, capture_output=True)

    def address(self, place: str) -> str:
        """Where a service, or one of its replicas, can be reached from here."""
        return self._addresses[place]

    def add_host(self, place: str, *names: str) -> str:
        """Give a place on the network to a service; it is known to all that start later by its name and these."""
        number = len(self._addresses) + 2
        address, namespace = f"{self._network}.{number}", self._namespace(place)
        self._addresses[place] = address
        _do(f"ip netns add {namespace}")
        self._plug(f"{self._mark}-{number}", address, namespace)
        _do(f"ip -n {namespace} link set lo up")
        with (self.folder / "hosts").open("a", encoding="utf-8") as hosts:
            hosts.write(f"{address} {' '.join(dict.fromkeys((*names, place)))}\n")
        return address

    def start(self, service: Service, place: str = "", own: Iterable[str] = ()) -> None:
        """Start a service's own command; under another place's name for a replica. `own`: volumes it shares with nobody."""
        place = place or service.name
        self._placed[place] = service
        self._processes[place] = self._popen(service, place, list(service.command), own=own)

    def run(self, service: Service, command: Iterable[str] = ()) -> str:
        """Run a service to its end, or another command in it, and return what was printed."""
        process = self._popen(service, service.name, list(command or service.command), log="run")
        process.wait(300)
        said = (self.folder / "logs-of" / f"{service.name}-run.log").read_text(encoding="utf-8", errors="replace")
        assert process.returncode == 0, said[-4000:]
        return said

    def start_program(self, service: Service, command: list[str], user: str) -> None:
        """Start a program of this machine in a service's stead: in its network, and with this machine's files."""
        inside = ["ip", "netns", "exec", self._namespace(service.name), "unshare", *ALONE]
        run_as = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--"]
        self._placed[service.name] = service
        with self._log(service.name).open("ab") as log:
            self._processes[service.name] = subprocess.Popen(
                [*inside, *run_as, *command],
                env={"PATH": PATH, "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_healthy(self, *places: str) -> None:
        """Ask each service by its own health check until all say yes; an error shows the log of the one that does not."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        for place in places:
            while not self.healthy(place):
                ended = self._processes[place].poll() is not None
                if ended or time.monotonic() > deadline:
                    why = self.said(f"{place}-health")[-1000:]
                    raise AssertionError(f"{place} is not healthy: {why}\n{self.said(place)[-4000:]}")
                self.measure()
                time.sleep(0.5)

    def healthy(self, place: str) -> bool:
        """Whether the service's own health check passes."""
        service = self._placed[place]
        how, *test = service.healthcheck
        command = ["sh", "-c", *test] if how == "CMD-SHELL" else test
        process = self._popen(service, place, command, log="health")
        return process.wait(60) == 0

    def said(self, place: str) -> str:
        """What a service printed."""
        return self._log(place).read_text(encoding="utf-8", errors="replace")

    def measure(self) -> None:
        """Look how much memory each service has now: what its processes have for themselves, and their part of the rest."""
        parents = _parents()
        for place, process in self._processes.items():
            total = sum(_memory(pid) for pid in _tree(process.pid, parents))
            self.peaks[place] = max(self.peaks.get(place, 0), total)

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait until something is so, measuring meanwhile."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not true():
            assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS} s"
            dead = [place for place, process in self._processes.items() if process.poll() is not None]
            assert not dead, f"{what}: {dead[0]} has ended:\n{self.said(dead[0])[-4000:]}"
            self.measure()
            time.sleep(0.5)

    def volume(self, name: str, place: str = "") -> Path:
        """Where a volume lies on this machine."""
        return self.folder / "volumes" / (f"{name}-of-{place}" if place else name)

    def _popen(
        self, service: Service, place: str, command: list[str], *, log: str = "", own: Iterable[str] = ()
    ) -> subprocess.Popen[bytes]:
        ours = service.image.startswith("assurance:")
        environment = {"PATH": PATH, "HOSTNAME": place, **(self.image if ours else {}), **service.environment}
        script = "\n".join(["set -eu", *self._file_system(service, place, own), self._enter(place, command, ours)])
        known = self.folder / "logs-of" / f"{place}{'-' + log if log else ''}.log"
        known.parent.mkdir(exist_ok=True)
        inside = ["ip", "netns", "exec", self._namespace(place)]
        with known.open("wb" if log else "ab") as file:
            return subprocess.Popen(
                [*inside, "unshare", *ALONE, "--mount", "--uts", "--ipc", "--propagation=private", "sh", "-c", script],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def _file_system(self, service: Service, place: str, own: Iterable[str]) -> list[str]:
        """The mounts that make a service's own root, under a folder that nobody else sees mounted."""
        root = self.folder / "root"
        root.mkdir(exist_ok=True)
        made = [f"mount -t tmpfs -o mode=755 root {root}"]

        def bind(source: Path | str, target: str, *, writable: bool) -> None:
            at = f"{root}{target}"
            made.append(
                f"mkdir -p {at} && mount --rbind {source} {at}"
                if Path(source).is_dir()
                else f"mkdir -p $(dirname {at}) && {{ [ -e {at} ] || touch {at}; }} && mount --bind {source} {at}"
            )
            if not writable:
                made.append(f"mount -o remount,bind,ro {at}")

        for place_of_system in SYSTEM:
            bind(place_of_system, place_of_system, writable=place_of_system == "/dev")
        made.extend(f"ln -s usr{link} {root}{link}" for link in LINKS)
        for name in ("hosts", "passwd"):
            bind(self.folder / name, f"/etc/{name}", writable=False)
        bind(REPOSITORY, str(REPOSITORY), writable=False)
        bind(REPOSITORY, "/app", writable=False)
        bind(sys.base_prefix, sys.base_prefix, writable=False)
        bind(self.folder / "airflow", "/opt/airflow", writable=False)
        made.append(f"mkdir {root}/proc && mount -t proc proc {root}/proc")
        for tmpfs in service.tmpfs:
            made.append(f"mkdir -p {root}{tmpfs} && mount -t tmpfs -o mode=1777 tmp {root}{tmpfs}")
        for volume in service.volumes:
            named = not volume.source.startswith((".", "/"))
            source = (
                self.volume(volume.source, place if volume.source in own else "")
                if named
                else REPOSITORY / volume.source
            )
            if named and not source.exists():
                source.mkdir(parents=True)
                os.chown(source, USER, USER)
            bind(source, volume.target, writable=not volume.read_only)
        made.append(f"mount -o remount,ro {root}")
        return made

    def _enter(self, place: str, command: list[str], ours: bool) -> str:
        """Leave everything behind that the service may not have, then become it."""
        guarded = (
            f"setpriv --reuid={USER} --regid={USER} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all"
        )
        start = f"cd {'/app' if ours else '/'} && exec {shlex.join(command)}"
        become = f"exec chroot {self.folder / 'root'} {guarded} sh -c {shlex.quote(start)}"
        return f"echo {place} > /proc/sys/kernel/hostname\n{become}"

    def _make_bridge(self) -> None:
        self.folder.chmod(0o755)
        (self.folder / "hosts").write_text("127.0.0.1 localhost\n", encoding="utf-8")
        user = f"assurance:x:{USER}:{USER}::/tmp:/usr/sbin/nologin\n"
        (self.folder / "passwd").write_text(Path("/etc/passwd").read_text(encoding="utf-8") + user, encoding="utf-8")
        (self.folder / "airflow" / "config").mkdir(parents=True)
        (self.folder / "airflow" / "logs").mkdir()
        (self.folder / "airflow" / "airflow.cfg").touch()
        shutil.copy(REPOSITORY / "tools" / "airflow_local_settings.py", self.folder / "airflow" / "config")
        bridge = self._namespace("bridge")
        _do(
            f"ip netns add {bridge}",
            f"ip -n {bridge} link add bridge type bridge",
            f"ip -n {bridge} link set bridge up",
        )
        self._plug(f"{self._mark}-host", f"{self._network}.1", "")

    def _plug(self, cable: str, address: str, namespace: str) -> None:
        """A cable from the bridge to a namespace, or to this machine's own network."""
        bridge, end = self._namespace("bridge"), cable if not namespace else "eth0"
        where = f"-n {namespace} " if namespace else ""
        into = f"netns {namespace}" if namespace else ""
        _do(
            f"ip link add {cable}b netns {bridge} type veth peer name {end} {into}",
            f"ip -n {bridge} link set {cable}b master bridge up",
            f"ip {where}addr add {address}/24 dev {end}",
            f"ip {where}link set {end} up",
        )

    def _pids(self, place: str) -> list[int]:
        """Every process that is on the network as this place."""
        listed = subprocess.run(["ip", "netns", "pids", self._namespace(place)], check=False, capture_output=True)
        return [int(pid) for pid in listed.stdout.split()]

    def _namespace(self, place: str) -> str:
        return f"{self._mark}-{place}"

    def _log(self, place: str) -> Path:
        (self.folder / "logs-of").mkdir(exist_ok=True)
        return self.folder / "logs-of" / f"{place}.log"


def _do(*commands: str) -> None:
    for command in commands:
        done = subprocess.run(command.split(), check=False, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stderr}"


def running_as(user: int) -> dict[int, str]:
    """A user's processes, and what each is called."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if place.stat().st_uid == user:
                found[int(place.name)] = (place / "comm").read_text().strip()
    return found


def _parents() -> dict[int, int]:
    """Every process of this machine, and its parent."""
    parents = {}
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
    return parents


def _tree(root: int, parents: Mapping[int, int]) -> list[int]:
    """A process and all that come from it."""
    found = [root]
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found


def _memory(pid: int) -> int:
    """The proportional set size of a process, in bytes."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
