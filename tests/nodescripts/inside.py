"""The inside of throw-away machines: mounts a disk, plays what is around it, boots it, tells what it saw.

Each machine is the first process of namespaces of its own (user, mount, network, process, host name), so that
scripts find the paths, the names and the addresses that they find on a node, and nothing else. This program
makes one after another of itself, for machine.py, since starting Python takes longer than some steps.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import json
import os
import signal
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.nodescripts.cloud import Cloud

SYSTEMD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
"""What systemd gives a service that says nothing."""
SERVERS = "10.0.0.254"
VIP = "10.0.0.9"
METADATA = "169.254.169.254"
DNS = "10.254.0.10"
"""That of Kubernetes, with the range that services have by default."""
POD = "10.100.3.2"
"""That of the pod which answers there, on the first master."""
NEVER = 3600
"""How often a server looks whether it is to end, in seconds: all end with the machine."""
_SET_ADDRESS, _SET_MASK, _SET_FLAGS = 0x8916, 0x891C, 0x8914
"""ioctls of a network interface."""
_REMOUNT, _BIND, _RECURSIVE, _PRIVATE, _RELATIVE_TIMES = 0x20, 0x1000, 0x4000, 0x40000, 0x200000
"""mount(2)'s flags."""
NAMESPACES = 0x10000000 | 0x00020000 | 0x40000000 | 0x20000000 | 0x04000000
"""Of users, mounts, network, processes and host name, as unshare(2) has them."""
_LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Boots a machine for each line of standard input; answers with its exit status.

    A line is a folder: `machine.json` there describes the machine, `seen.json` will tell how it
    went; what else there is to say is in `log`.
    """
    gc.freeze()
    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        child = os.fork()
        if child == 0:
            os._exit(_apart(folder))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _apart(folder: Path) -> int:
    """Makes the namespaces and boots in them; the exit status."""
    nothing, log = os.open(os.devnull, os.O_RDONLY), os.open(folder / "log", os.O_WRONLY | os.O_CREAT)
    for number, target in ((0, nothing), (1, log), (2, log)):
        os.dup2(target, number)
    user, group = os.geteuid(), os.getegid()
    if _LIBC.unshare(NAMESPACES):
        raise OSError(ctypes.get_errno(), "no namespaces")
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        Path("/proc/self", name).write_text(text, encoding="ascii")
    _mount("none", Path("/"), flags=_RECURSIVE | _PRIVATE)
    # Whoever made the namespace of processes is not in it; the first child is.
    child = os.fork()
    if child == 0:
        try:
            _boot(folder)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _boot(folder: Path) -> None:
    machine = json.loads((folder / "machine.json").read_text("utf-8"))
    disk = Path(machine["disk"])
    _network()
    Path("/proc/sys/kernel/hostname").write_text(machine["host"], encoding="ascii")
    cloud = Cloud("0.0.0.0", 80, NEVER)
    cloud.files = {
        f"/{path.relative_to(machine['mirror'])}": path.read_bytes()
        for path in Path(machine["mirror"]).rglob("*")
        if path.is_file()
    }
    cloud.files["/openstack/latest/meta_data.json"] = machine["metadata"].encode()
    for path in machine["tampered"]:
        cloud.files[path] += b"x"
    proxy = Cloud("0.0.0.0", 3128, NEVER)
    proxy.signals, proxy.requests, proxy.files = cloud.signals, cloud.requests, cloud.files
    _play(machine, disk)
    root = _mounted(disk, machine)
    began = time.monotonic()
    codes = [_run(root, command, disk) for command in machine["commands"]]
    while (disk / "played/rebooting").exists():
        (disk / "played/rebooting").unlink()
        codes = [_run(root, command, disk) for command in machine["after_reboot"]]
    seen = {
        "codes": codes,
        "signals": cloud.signals,
        "requests": cloud.requests,
        "seconds": time.monotonic() - began,
    }
    (folder / "seen.json").write_text(json.dumps(seen), encoding="utf-8")


def _run(root: Path, command: list[str], disk: Path) -> int:
    """A command of the boot; what it left running ends with it, and it with a machine that restarts."""
    with (disk / "output").open("ab") as output:
        process = subprocess.Popen(
            ["chroot", root, *command],
            env={"PATH": f"{SYSTEMD_PATH}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
        code = process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    return code


# --- the disk ------------------------------------------------------------------------------------


def _mounted(disk: Path, machine: dict[str, Any]) -> Path:
    """The root: read-only but for the folders that the image lets be written."""
    root = disk.parent / "root"
    root.mkdir()
    _mount("tmpfs", root, "tmpfs", options="mode=0755")
    for name in ("dev", "host", "proc", "usr", *machine["writable"]):
        (root / name).mkdir()
    for name in machine["writable"]:
        (disk / name).mkdir(exist_ok=True)
        _bind(disk / name, root / name)
    for name in ("usr", "lib", "lib32", "lib64"):
        if Path("/", name).is_dir():
            (root / "host" / name).mkdir()
            _bind(Path("/", name), root / "host" / name)
            _read_only(root / "host" / name, _BIND)
    for name in ("lib", "lib32", "lib64", "libexec", "share"):
        if Path("/usr", name).exists():
            (root / "usr" / name).symlink_to(f"/host/usr/{name}")
        if Path("/", name).exists() and name.startswith("lib"):
            (root / name).symlink_to(f"/host/{name}")
    (root / "usr/bin").mkdir()
    (root / "usr/sbin").symlink_to("bin")
    for name in ("bin", "sbin"):
        (root / name).symlink_to("usr/bin")
    for name, target in machine["programs"].items():
        (root / "usr/bin" / name).symlink_to(target)
    (root / "usr/local").mkdir()
    if machine["local"]:
        (disk / "local").mkdir(exist_ok=True)
        if machine["local"] != "/usr/local":
            (root / machine["local"].lstrip("/")).mkdir(parents=True)
            _bind(disk / "local", root / machine["local"].lstrip("/"))
        _bind(disk / "local", root / "usr/local")
    _devices(root, disk)
    _read_only(root)
    return root


def _devices(root: Path, disk: Path) -> None:
    for name in ("null", "zero", "full", "random", "urandom"):
        (root / "dev" / name).touch()
        _bind(Path("/dev", name), root / "dev" / name)
    (root / "dev/console").touch()
    (disk / "console").touch()
    _bind(disk / "console", root / "dev/console")
    (root / "dev/fd").symlink_to("/proc/self/fd")
    _bind(Path("/proc"), root / "proc")
    (disk / "uptime").write_text("20.00 30.00\n", encoding="ascii")
    _bind(disk / "uptime", root / "proc/uptime")


def _mount(what: str | Path, where: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    words = (str(what).encode(), str(where).encode(), kind.encode(), flags, options.encode())
    if _LIBC.mount(*words):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(where))


def _bind(what: Path, where: Path) -> None:
    _mount(what, where, flags=_BIND | _RECURSIVE)


def _read_only(where: Path, more: int = 0) -> None:
    # What the mount has besides must be named again: no namespace may take it back.
    kept = os.statvfs(where).f_flag & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_NOATIME)
    relative = _RELATIVE_TIMES * bool(os.statvfs(where).f_flag & os.ST_RELATIME)
    _mount("none", where, flags=_REMOUNT | os.ST_RDONLY | kept | relative | more)


# --- the network ---------------------------------------------------------------------------------


def _network() -> None:
    """Every address of 10.0.0.0/24 is this machine's, as on a loopback interface, and Nova's own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for name, address, mask in (
            (b"lo", "127.0.0.1", "255.0.0.0"),
            (b"lo:1", "10.0.0.1", "255.255.255.0"),
            (b"lo:2", METADATA, "255.255.255.255"),
            (b"lo:3", DNS, "255.255.255.255"),
            # What containers have here and on the first master.
            (b"lo:4", "10.100.7.1", "255.255.255.0"),
            (b"lo:5", POD, "255.255.255.0"),
        ):
            for request, value in ((_SET_ADDRESS, address), (_SET_MASK, mask)):
                packed = struct.pack("16sH2x4s8x", name, socket.AF_INET, socket.inet_aton(value))
                fcntl.ioctl(control, request, packed)
            fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sH14x", name, 1))


def _play(machine: dict[str, Any], disk: Path) -> None:
    """The other machines, as far as `up` says that they are there, and this one's daemons once they run."""
    own, up = machine["address"], set(machine["up"])

    def runs(address: str, daemon: str) -> bool:
        if address == own or (address == VIP and not up) or address.startswith("127."):
            return (disk / "played/up" / daemon).exists()
        return address in up or (address == VIP and bool(up))

    class Peer(BaseHTTPRequestHandler):
        """Any HTTP port of any address: what answers is told by the two."""

        def setup(self) -> None:
            super().setup()
            name = self.connection.getsockname()
            self.place: tuple[str, int] = name if isinstance(name, tuple) else ("127.0.0.1", 0)

        def do_GET(self) -> None:
            address, port = self.place
            daemon = DAEMONS[port]
            if not runs(address, daemon):
                self.close_connection = True
                return
            if self.path == "/master/redirect":
                self._answer(307, "", location=f"http://{min(up | {own})}:5050/")
            elif self.path == "/slaves":
                agents = [{"id": "S0", "hostname": own}] if runs(own, "mesos-agent") else []
                listed = {"slaves": agents, "recovered_slaves": []}
                self._answer(200, json.dumps(listed, separators=(",", ":")))
            elif self.path.startswith("/join-token/"):
                self._answer(200, f"SWMTKN-1-0a1b2c3d-{self.path.rpartition('/')[2]}")
            else:
                self._answer(200, "pong\n" if self.path == "/ping" else "active\n")

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/swarm/join" or not asked["JoinToken"].startswith("SWMTKN-1-"):
                self._answer(400, '{"message":"page not found"}')
            elif not set(asked["RemoteAddrs"]) <= {f"{address}:2377" for address in up}:
                self._answer(503, '{"message":"no manager there"}')
            else:
                (disk / "played/swarm").write_text("active\n", encoding="ascii")
                self._answer(200, "")

        def _answer(self, status: int, body: str, location: str | None = None) -> None:
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class ZooKeeper(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if runs(self.request.getsockname()[0], "zookeeper"):
                answers = {"ruok": "imok", "mntr": "zk_version\t3.9.5\nzk_server_state\tfollower\n"}
                self.request.sendall(answers.get(self.request.recv(4).decode(), "").encode())

    class CoreDns(socketserver.BaseRequestHandler):
        """Knows one name: the answer has no records, which nobody reads, but says that there is one."""

        def handle(self) -> None:
            asked, sender = self.request
            known = asked[12:].startswith(b"\x0akubernetes\x07default\x03svc")
            if runs(own, "kubelet"):
                flags = b"\x81\x80" if known else b"\x81\x83"
                sender.sendto(
                    asked[:2] + flags + asked[4:6] + bytes([0, known]) + asked[8:], self.client_address
                )

    class NotDns(socketserver.BaseRequestHandler):
        """A connection is made, and ended: HTTP is nothing that CoreDNS reads."""

        def handle(self) -> None:
            pass

    certified = Path(machine["certificate"]).exists()
    for port in DAEMONS:
        if port not in TLS:
            _serve(ThreadingHTTPServer(("0.0.0.0", port), Peer))
        elif certified:
            _serve(ThreadingHTTPServer(("0.0.0.0", port), Peer), machine)
    _serve(socketserver.ThreadingTCPServer(("0.0.0.0", 2181), ZooKeeper))
    for address in (DNS, POD):
        _serve(socketserver.ThreadingUDPServer((address, 53), CoreDns))
    _serve(socketserver.ThreadingTCPServer((POD, 53), NotDns))
    (disk / "run").mkdir(exist_ok=True)
    # The path of a socket is at most 107 bytes long, and that of a test's folder may be longer.
    os.chdir(disk / "run")
    _serve(_DockerSocket("docker.sock", Peer))
    os.chdir("/")


DAEMONS = {
    2376: "dockerd",
    2377: "dockerd",
    5050: "mesos-master",
    5051: "mesos-agent",
    6443: "kube-apiserver",
    8080: "marathon",
    8081: "kubelet",
    9099: "kubelet",
    10248: "kubelet",
    10256: "kubelet",
}
"""Who answers at each port; of pods (Flannel's, Calico's, kube-proxy), whoever runs them."""
TLS = {2376: True, 2377: False, 6443: False}
"""Those that speak TLS with the cluster's certificate; whether they want the client's too."""


class _DockerSocket(socketserver.ThreadingUnixStreamServer):
    def get_request(self) -> tuple[Any, Any]:
        connection, _ = super().get_request()
        return connection, ("local", 0)


def _serve(server: socketserver.BaseServer, tls: dict[str, Any] | None = None) -> None:
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls["certificate"], tls["key"])
        assert isinstance(server, ThreadingHTTPServer)
        if TLS[server.server_port]:
            context.load_verify_locations(tls["ca"])
            context.verify_mode = ssl.CERT_REQUIRED
        # Shaken hands in the connection's own thread, so that a client that goes away holds up nobody.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, args=(NEVER,), daemon=True).start()


if __name__ == "__main__":
    main()
