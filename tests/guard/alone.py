"""Runs pytest as on a machine with no network and no GPU: `python -m tests.guard.alone`, as `make test` does.

Where the kernel allows it, in a network of its own that has this machine in it alone: no program, compiled or not,
reaches another one, and the kernel counts who tries. Elsewhere it says so, and the guard of Python's sockets is left.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

ALONE = "ROOKERY_TEST_ALONE"
"""Set for what runs in a network of its own."""
HIDDEN = {"CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": "", "ROCR_VISIBLE_DEVICES": "", "ZE_AFFINITY_MASK": "-1"}
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
GET_FLAGS, SET_FLAGS, SET_ADDRESS, UP = 0x8913, 0x8914, 0x8916, 0x1
REQUEST, REQUEST_6 = "16sh14x", "=16sIi"
#: Chromium looks, now and then, whether a way leads to this address, and sends nothing: there is one, to nowhere.
ASKED_FOR = "2001:4860:4860::8888"
MIB = Path("/proc/net")


def leave() -> None:
    """Have this process in a network of its own from now on, in which there is loopback and nothing else.

    Raises:
        OSError: the kernel gives it none. The process may be half there, and is good for nothing more.
    """
    uid, gid = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_NETWORK if uid == 0 else NEW_USER | NEW_NETWORK):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if uid:  # root stays who it is: tests start servers as others
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        name, flags = struct.unpack(REQUEST, fcntl.ioctl(sock, GET_FLAGS, struct.pack(REQUEST, b"lo", 0)))
        fcntl.ioctl(sock, SET_FLAGS, struct.pack(REQUEST, name, flags | UP))
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        address = socket.inet_pton(socket.AF_INET6, ASKED_FOR)
        fcntl.ioctl(sock, SET_ADDRESS, struct.pack(REQUEST_6, address, 128, socket.if_nametoindex("lo")))


def hindrance(step: Callable[[], None] = leave) -> str:
    """Return why this process cannot leave; empty: it can. A child tries, as there is no way back."""
    if sys.platform != "linux":
        return "only Linux gives a process a network of its own"
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        try:
            step()
        except (OSError, AttributeError) as exc:
            os.write(writing, str(exc).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading, encoding="utf-8") as pipe:
        return pipe.read()


def tries(mib: Path = MIB) -> int:
    """Return how often anything in this network had nowhere to send to, by IPv4 or by IPv6."""
    names, figures = (line.split() for line in (mib / "snmp").read_text().splitlines() if line.startswith("Ip: "))
    six = [line.split()[1] for line in (mib / "snmp6").read_text().splitlines() if line.startswith("Ip6OutNoRoutes")]
    return int(dict(zip(names, figures, strict=True))["OutNoRoutes"]) + sum(map(int, six))


def main() -> None:
    """Become pytest, with the arguments of this process."""
    environ = {**os.environ, **HIDDEN}
    if why := hindrance():
        told = f"This machine's network stays within reach ({why}); the guard refuses what Python code tries."
    else:
        leave()
        environ[ALONE] = "1"
        told = "In a network of its own that leads nowhere, every GPU hidden."
    print(told, flush=True)  # noqa: T201 (for whoever reads what the tests say)
    os.execve(sys.executable, [sys.executable, "-m", "pytest", *sys.argv[1:]], environ)


if __name__ == "__main__":
    main()
