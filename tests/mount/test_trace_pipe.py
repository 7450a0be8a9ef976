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
from kernel import PATIENCE, wait_until

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
    """A process blocked in a read; one that finds something to read ends, and is replaced."""
    while True:
        process = subprocess.Popen([sys.executable, "-c", READER, view.at("trace_pipe")],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()
        wait_until(lambda: process.poll() is not None or blocked_in_read(process.pid))
        if process.poll() is None:
            return process
        process.stdout.close()


def await_line(fd, printk, number, size=65536):
    """Prints until the line comes out of the pipe: the kernel gives a line to one reader only, and
    somebody else may be reading too."""
    poller, data = select.poll(), b""
    poller.register(fd, select.POLLIN)
    for _ in range(PATIENCE * 4):
        line = printk(number)
        while poller.poll(250):
            piece = read_or_none(fd, size)
            assert piece is None or 0 < len(piece) <= size
            data += piece or b""
            if line + b"\n" in data:
                return
    raise AssertionError(f"{line} did not come out of trace_pipe")


def read_or_none(fd, size=65536):
    try:
        return os.read(fd, size)
    except BlockingIOError:
        return None


@pytest.fixture
def pipe(traced):
    """trace_pipe, opened without blocking and emptied."""
    fd = os.open(traced.at("trace_pipe"), os.O_RDONLY | os.O_NONBLOCK)
    drain(fd)
    yield fd
    os.close(fd)


def test_what_a_program_prints_arrives(pipe, printk):
    await_line(pipe, printk, int.from_bytes(os.urandom(3), "big"))


def test_small_reads(pipe, printk):
    await_line(pipe, printk, 12345, 3)


def test_nonblocking(pipe):
    """Nothing to read is EAGAIN, at once."""
    begin = time.monotonic()
    with pytest.raises(BlockingIOError) as caught:
        while True:  # somebody else's lines may come
            os.read(pipe, 65536)
    assert caught.value.errno == errno.EAGAIN
    assert time.monotonic() - begin < 2


def test_poll(pipe, printk):
    """A watched pipe becomes ready while poll(2) waits, and again in a second round."""
    poller = select.poll()
    poller.register(pipe, select.POLLIN)
    for number in (5, 6):
        drain(pipe)
        timer = threading.Timer(0.05, printk, [number])
        timer.start()
        assert poller.poll(PATIENCE * 1000) == [(pipe, select.POLLIN)]
        timer.join()
        await_line(pipe, printk, number)


def test_a_blocked_reader_gets_what_comes_later(traced, pipe, printk):
    process = start_reader(traced)
    wait_until(lambda: printk(99) and process.poll() is not None)
    out, _ = process.communicate()
    assert b"says hello" in out and process.returncode == 0


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


def test_a_handled_signal_interrupts_the_read(pipe):
    """EINTR reaches the program; Python's handler raises."""
    class Struck(Exception):
        pass

    def strike(*_):
        raise Struck

    old = signal.signal(signal.SIGALRM, strike)
    os.set_blocking(pipe, True)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Struck):
            while True:
                os.read(pipe, 4096)  # somebody else's lines may come
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def read_ns(path):
    """The time of opening, reading and closing a file: the best of some medians, so that what else
    runs on the machine does not count."""
    medians = []
    for _ in range(10):
        times = []
        for _ in range(40):
            begin = time.perf_counter_ns()
            with open(path, "rb", buffering=0) as file:
                file.read()
            times.append(time.perf_counter_ns() - begin)
        medians.append(statistics.median(times))
    return min(medians)


def read_in_parallel(path):
    threads = [threading.Thread(target=read_ns, args=[path]) for _ in range(16)]
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
        before = [read_ns(path) for path in files]
        process = subprocess.Popen([sys.executable, "-c", MANY_READERS, traced.at("trace_pipe"),
                                    "1000"], stdout=subprocess.PIPE)
        try:
            process.stdout.readline()
            # the main thread waits for the others, not in read(2)
            wait_until(lambda: blocked_in_read(process.pid) >= 1000, "blocking of 1,000")
            after = [read_ns(path) for path in files]
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
