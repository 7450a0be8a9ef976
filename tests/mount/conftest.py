# SPDX-License-Identifier: GPL-2.0-or-later
import os
import signal
import subprocess
import tempfile

import pytest

import objects
from daemon import BINARY, View


MOST_SECONDS = 180


def pytest_configure():
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


@pytest.fixture(scope="session")
def loaded():
    """Loads an object file of tests/progs or elsewhere once, and keeps it till the end."""
    cache = {}

    def load(name):
        if name not in cache:
            target = None
            if name.endswith("xdpdump_bpf.o"):
                target = (load("net").progs["count_xdp"], "count_xdp")
            try:
                cache[name] = objects.Object(name, target=target)
            except OSError as err:
                cache[name] = err
        if isinstance(cache[name], OSError):
            if "/" not in name:
                raise cache[name]
            pytest.skip(f"{os.path.basename(name)}, this kernel:"
                        f" {os.strerror(cache[name].errno)}")
        return cache[name]

    yield load
    for item in cache.values():
        if not isinstance(item, OSError):
            item.close()


@pytest.fixture(scope="session")
def bpffs():
    """A bpffs of the tests' own."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="bpfview-bpffs-"))
    subprocess.run(["mount", "-t", "bpf", "bpfview-test", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    os.rmdir(folder)
