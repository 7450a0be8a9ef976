# SPDX-License-Identifier: GPL-2.0-or-later
import contextlib
import os
import signal
import subprocess
import tempfile

import pytest

import hooks
import objects
from daemon import BINARY, View, own_bpffs
from kernel import PATIENCE

MOST_SECONDS = 9 * PATIENCE


def pytest_configure(config):
    config.addinivalue_line("markers", "guest: worth the time in guests of scripts/vmtest, which are slow:"
                            " what one kernel has and another has not")
    if os.geteuid():
        pytest.exit("these tests load BPF programs and mount: run them as root", 1)
    if not os.path.exists(BINARY):
        pytest.exit(f"{BINARY} is not built: run make", 1)
    # a timeout's kill cleans up as Ctrl-C does
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """No test may hang: a blocked read is interrupted."""
    def give_up(*_):
        raise TimeoutError(f"{item.name} took longer than {MOST_SECONDS} s")

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(MOST_SECONDS)
    yield
    signal.alarm(0)


@pytest.fixture(scope="session", autouse=True)
def tracefs():
    """Where tracepoints have their numbers; some systems mount it only when it is asked for."""
    folder = "/sys/kernel/tracing"
    missing = not os.path.exists(f"{folder}/events")
    if missing:
        subprocess.run(["mount", "-t", "tracefs", "tracefs", folder], check=True)
    yield
    if missing:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="session")
def view():
    """One daemon with default options for all tests that only read."""
    mounted = View()
    yield mounted
    mounted.stop()


@pytest.fixture
def mount():
    """Starts daemons with options of the test's own; each must end cleanly."""
    started = []

    def start(options=None, **more):
        started.append(View(options, **more))
        return started[-1]

    yield start
    for mounted in started:
        if mounted.process.returncode is None:
            mounted.stop()


class Cache:
    """Loads object files of tests/progs or elsewhere once, and keeps them till the end."""

    def __init__(self):
        self.held = {}

    def attempt(self, name):
        """The object, or the OSError that came of loading it."""
        if name not in self.held:
            target = None
            if name.endswith("xdpdump_bpf.o"):
                target = (self("net").progs["count_xdp"], "count_xdp")
            try:
                self.held[name] = objects.Object(name, target=target)
            except OSError as err:
                self.held[name] = err
        return self.held[name]

    def __call__(self, name):
        """Skips the test where the kernel may well refuse the object."""
        held = self.attempt(name)
        if not isinstance(held, OSError):
            return held
        if name in objects.NOT_EVERYWHERE or "/" in name:
            pytest.skip(f"{os.path.basename(name)}, this kernel: {os.strerror(held.errno)}")
        raise OSError(held.errno, held.strerror)

    def all(self):
        """All objects of tests/progs that this kernel loads."""
        may_miss = {name for name in objects.NOT_EVERYWHERE
                    if isinstance(self.attempt(name), OSError)}
        return [self(name) for name in objects.names() if name not in may_miss]

    def close(self):
        for item in self.held.values():
            if not isinstance(item, OSError):
                item.close()


@pytest.fixture(scope="session")
def loaded():
    cache = Cache()
    yield cache
    cache.close()


@pytest.fixture(scope="session")
def bpffs():
    """A bpffs of the tests' own."""
    with own_bpffs() as folder:
        yield folder


@pytest.fixture
def keep():
    """Holds what is made until the end of a test."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture(scope="session")
def binary():
    """A file to put probes into: nobody runs it, so no offset in it can do harm."""
    with tempfile.NamedTemporaryFile(prefix="bpfview-binary-") as file:
        file.write(b"\x90" * 0x30000)
        file.flush()
        yield file.name


@pytest.fixture
def hooked(bpffs):
    """Programs for hooks, with a daemon of their own; nothing may be left of what it attached."""
    made = hooks.Hooks(bpffs)
    yield made
    made.close()


@pytest.fixture
def inside(hooked):
    """A process in a cgroup of its own."""
    made = hooks.Inside(hooked)
    yield made
    made.close()
