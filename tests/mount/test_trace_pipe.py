# SPDX-License-Identifier: GPL-2.0-or-later
"""trace_pipe: the file that blocks."""
import errno
import os
import select
import signal
import statistics
import subprocess
import sys
import threading
import time

import pytest

import kernel
import objects
from kernel import wait_until

PATIENCE = 10
# Reads once and tells what came; ends with the errno of a failed read.
READER = """
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
print("open", flush=True)
try:
    print(os.read(fd, 65536), flush=True)
except OSError as err:
    sys.exit(err.errno)
"""
MANY_READERS = """
import os, sys, threading
threading.stack_size(65536)
def read():
    fd = os.open(sys.argv[1], os.O_RDONLY)
    os.read(fd, 4096)
for _ in range(int(sys.argv[2])):
    threading.Thread(target=read).start()
print("started", flush=True)
"""


@pytest.fixture
def printk():
    """Makes a bpf_printk of a number."""
    with objects.Object("printk") as held:
        variable = held.map("printk.bss", 4, 4)

        def say(number):
            variable.update(b"\0\0\0\0", kernel.struct.pack("=I", number))
            kernel.run(held.progs["say"], b"")
            return f"bpfview test {number} says hello".encode()

        yield say


@pytest.fixture
def traced(mount):
    """A daemon of the test's own whose trace_pipe can be opened."""
    view = mount()
    try:
        os.close(os.open(view.at("trace_pipe"), os.O_RDONLY | os.O_NONBLOCK))
    except OSError as err:
        pytest.skip(f"trace_pipe: {err.strerror}")
    return view


def drain(fd):
    """Takes what other tests, or anybody, have left in the pipe."""
    while True:
        try:
            os.read(fd, 65536)
        except BlockingIOError:
            return


def blocked_in_read(pid):
    """How many threads of a process wait inside read(2) of our mount."""
    number = {"x86_64": "0", "aarch64": "63"}[os.uname().machine]
    count = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/syscall") as file:
                count += file.read().split()[0] == number
        except (FileNotFoundError, ProcessLookupError):
            continue
    return count


def start_reader(view):
    process = subprocess.Popen([sys.executable, "-c", READER, view.at("trace_pipe")],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.readline()
    wait_until(lambda: blocked_in_read(process.pid) == 1)
    return process


def test_what_a_program_prints_arrives(traced, printk):
    fd = os.open(traced.at("trace_pipe"), os.O_RDONLY | os.O_NONBLOCK)
    drain(fd)
    os.set_blocking(fd, True)
    token = int.from_bytes(os.urandom(3), "big")
    line = printk(token)
    data = b""
    while line not in data:
        data += os.read(fd, 65536)
    os.close(fd)
    assert data.endswith(b"\n")


def test_nonblocking(traced, printk):
    fd = os.open(traced.at("trace_pipe"), os.O_RDONLY | os.O_NONBLOCK)
    drain(fd)
    with pytest.raises(BlockingIOError) as caught:
        os.read(fd, 100)
    assert caught.value.errno == errno.EAGAIN
    line = printk(77)
    assert line in wait_until(lambda: read_or_none(fd))
    os.close(fd)


def read_or_none(fd):
    try:
        return os.read(fd, 65536)
    except BlockingIOError:
        return None


def test_poll(traced, printk):
    fd = os.open(traced.at("trace_pipe"), os.O_RDONLY | os.O_NONBLOCK)
    drain(fd)
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    assert poller.poll(50) == []
    threading.Timer(0.05, printk, [5]).start()
    assert poller.poll(PATIENCE * 1000) == [(fd, select.POLLIN)]
    assert b"test 5 says" in os.read(fd, 65536)
    # ready again after more than one round
    drain(fd)
    assert poller.poll(50) == []
    printk(6)
    assert poller.poll(PATIENCE * 1000) == [(fd, select.POLLIN)]
    os.close(fd)


def test_small_reads(traced, printk):
    fd = os.open(traced.at("trace_pipe"), os.O_RDONLY | os.O_NONBLOCK)
    drain(fd)
    os.set_blocking(fd, True)
    line, data = printk(12345), b""
    while line not in data:
        piece = os.read(fd, 3)
        assert 0 < len(piece) <= 3
        data += piece
    os.close(fd)


def test_a_blocked_reader_gets_what_comes_later(traced, printk):
    fd = os.open(traced.at("trace_pipe"), os.O_RDONLY | os.O_NONBLOCK)
    drain(fd)
    os.close(fd)
    process = start_reader(traced)
    line = printk(99)
    out, _ = process.communicate(timeout=PATIENCE)
    assert line in out and process.returncode == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_a_blocked_reader(traced, how):
    process = start_reader(traced)
    begin = time.monotonic()
    process.send_signal(how)
    process.wait(PATIENCE)
    assert time.monotonic() - begin < 2
    assert process.returncode != 0
    process.stdout.close()
    assert traced.list()


def test_a_handled_signal_interrupts_the_read(traced):
    """EINTR reaches the program; Python's handler raises."""
    class Struck(Exception):
        pass

    def strike(*_):
        raise Struck

    old = signal.signal(signal.SIGALRM, strike)
    fd = os.open(traced.at("trace_pipe"), os.O_RDONLY | os.O_NONBLOCK)
    try:
        drain(fd)
        os.set_blocking(fd, True)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Struck):
            while True:
                os.read(fd, 4096)  # somebody else's lines may come
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        os.close(fd)


def typical_read_ns(path, count=300):
    """The median time of opening, reading and closing a file."""
    times = []
    for _ in range(count):
        begin = time.perf_counter_ns()
        with open(path, "rb", buffering=0) as file:
            file.read()
        times.append(time.perf_counter_ns() - begin)
    return statistics.median(times)


def read_in_parallel(path):
    threads = [threading.Thread(target=typical_read_ns, args=[path, 50]) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_thousand_blocked_readers_cost_nobody_anything(traced):
    with kernel.Prog(name="beside") as prog:
        files = [traced.at("prog", prog.id, name) for name in ("info", "xlated")]
        for path in files:
            read_in_parallel(path)  # whatever threads the daemon wants, it has now
        threads = traced.threads()
        before = [typical_read_ns(path) for path in files]
        process = subprocess.Popen([sys.executable, "-c", MANY_READERS, traced.at("trace_pipe"),
                                    "1000"], stdout=subprocess.PIPE)
        try:
            process.stdout.readline()
            # the main thread waits for the others, not in read(2)
            wait_until(lambda: blocked_in_read(process.pid) >= 1000, 60, "blocking of 1,000")
            after = [typical_read_ns(path) for path in files]
            for path in files:
                read_in_parallel(path)
            assert traced.threads() == threads
            for path, first, second in zip(files, before, after):
                assert second < 3 * first, f"{path}: {first} ns, then {second} ns"
            begin = time.monotonic()
        finally:
            process.kill()
            process.wait(PATIENCE)
            process.stdout.close()
        assert time.monotonic() - begin < 5
        assert traced.list()


def test_end_with_a_blocked_reader(mount, traced):
    process = start_reader(traced)
    traced.process.send_signal(signal.SIGTERM)
    assert traced.process.wait(PATIENCE) == 0
    process.wait(PATIENCE)
    process.stdout.close()
    assert traced.words() == ""
    traced.cleanup()


def test_other_files_are_always_ready(view):
    """poll(2) on a file that does not block."""
    with open(view.at("README"), "rb", buffering=0) as file:
        poller = select.poll()
        poller.register(file, select.POLLIN)
        assert poller.poll(1000)
