"""Keeps a process of the tests on its own machine: another one is neither called nor asked for by name.

Every Python process that a test starts imports this at its start, as its folder leads their PYTHONPATH, and so do
those that they start; pytest itself uses it too. It sees what Python's own sockets do, whoever holds them. What other
programs and compiled libraries try is counted by the kernel: see tests/guard/alone.py.
"""

import _socket  # the rest of Python's own is imported by whoever needs it
import os
import sys

ATTEMPTS = "ROOKERY_TEST_ATTEMPTS"
"""The variable that names the file of what was tried."""
REACHES = "ROOKERY_TEST_REACHES"
"""The variable for the hosts, or `*`, that a test may reach besides; spaces between them."""
CALLS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
LOOKUPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
INTERNET = (_socket.AF_INET, _socket.AF_INET6)
OWN = frozenset({"", "localhost", "0.0.0.0", "::", "::1"})
FRAMES = 12

_file = None


class NetworkBlocked(OSError):
    """A test tried to reach another machine."""


def is_own(host):
    """Return whether a host is this machine."""
    name = (host.decode("utf-8", "replace") if isinstance(host, bytes) else str(host or "")).partition("%")[0].lower()
    return name in OWN or (name.startswith("127.") and is_numeric(name)) or name == _socket.gethostname().lower()


def is_numeric(host):
    """Return whether nobody has to be asked what a host's address is."""
    text = host.decode("utf-8", "replace") if isinstance(host, bytes) else str(host)
    return ":" in text or text.replace(".", "").isdigit()


def sought(event, details):
    """Return the host beside this machine that a call is for; None: it is for none."""
    if event in CALLS:
        sock, address = details
        host = address[0] if address and sock.family in INTERNET else None
        return None if host is None or is_own(host) else host
    host = details[0]
    return None if is_own(host) or is_numeric(host) else host


def watch(event, details):
    """Refuse what is for another machine, and write down who tried, and where in the code; an audit hook."""
    if event not in CALLS and event not in LOOKUPS:
        return
    host = sought(event, details)
    allowed = os.environ.get(REACHES, "").split()
    if host is None or "*" in allowed or str(host) in allowed:
        return
    told = f"{details[1] if event in CALLS else host!r} ({event.removeprefix('socket.')})"
    with open(_file, "a", encoding="utf-8") as file:
        file.write(f"{told} by {' '.join(sys.argv) or sys.executable}\n{''.join(stack())}\0")
    raise NetworkBlocked(f"a test tried to reach {told}")


def stack():
    """Return where the code is that called, the innermost last."""
    import traceback  # of all processes hardly one needs it

    return traceback.format_stack(sys._getframe(2), limit=FRAMES)


def begin(path):
    """Watch this process to its end, and write down in a file what it tries; once more: in another file from now on."""
    global _file
    if _file is None:
        sys.addaudithook(watch)
    _file = path


def hidden():
    """Return the file of the same name that this one keeps from being imported; empty: there is none."""
    files = (os.path.join(folder, "sitecustomize.py") for folder in sys.path)
    return next((file for file in files if os.path.isfile(file) and not os.path.samefile(file, __file__)), "")


if os.environ.get(ATTEMPTS):
    begin(os.environ[ATTEMPTS])
    if __name__ == "sitecustomize" and (_other := hidden()):
        with open(_other, encoding="utf-8") as _opened:
            exec(compile(_opened.read(), _other, "exec"))  # as Python would have
