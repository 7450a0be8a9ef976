# SPDX-License-Identifier: GPL-2.0-or-later
"""map/ID/event_pipe: what programs send."""
import errno
import json
import os
import select
import signal
import subprocess
import time

import pytest

import kernel
import objects
from kernel import run_tracepoint, wait_until
from writing import last_words

PATIENCE = 10
CURRENT_CPU = 0xffffffff
NO_WAKEUP = 1
TO_PERF = [7, 0, 0, 0, 2, 0, 0, 0, *b"to perf".ljust(12, b"\0")]
TO_RING = [5, 0, 0, 0, 2, 0, 0, 0, *b"to the ring\0"]
EVENT = {"number": 5, "colour": "GREEN", "text": "to the ring"}


class Sender:
    """The programs of events.bpf.c, and where their maps are in a view."""

    def __init__(self, held):
        self.held = held
        self.perf, self.ring = (kernel.id_of(held.maps[name]) for name in ("perf", "ring"))

    def to_perf(self, number, size=0, index=CURRENT_CPU, cpu=0):
        return run_tracepoint(self.held.progs["to_perf"], number, size, index, cpu=cpu)

    def sample(self, number, cpu=0):
        return run_tracepoint(self.held.progs["sample_to_perf"], number, cpu=cpu)

    def to_ring(self, number, size=20, flags=0):
        assert run_tracepoint(self.held.progs["to_ring"], number, size, flags) == 0


@pytest.fixture
def sender():
    with objects.Object("events") as held:
        yield Sender(held)


@pytest.fixture
def opened(view):
    """Opens a map's pipe without blocking; closes it in the end."""
    fds = []

    def open_pipe(number, flags=os.O_RDONLY):
        fds.append(os.open(view.at("map", number, "event_pipe"), flags | os.O_NONBLOCK))
        return fds[-1]

    yield open_pipe
    for fd in fds:
        os.close(fd)


def records(fd, count, size=65536):
    """So many records, as they come."""
    poller, data = select.poll(), b""
    poller.register(fd, select.POLLIN)
    end = time.monotonic() + PATIENCE
    while data.count(b"\n") < count:
        assert time.monotonic() < end, f"{count} records did not come: {data}"
        if poller.poll(100):
            try:
                data += os.read(fd, size)
            except BlockingIOError:  # another reader has them
                continue
    assert data.endswith(b"\n")
    return [json.loads(line) for line in data.splitlines()]


def nothing_in(fd):
    with pytest.raises(BlockingIOError):
        os.read(fd, 65536)
    return True


def write(view, number, text):
    with open(view.at("map", number, "event_pipe"), "w") as file:
        file.write(text)


def of_bpftool(number, send, *words):
    """What `bpftool -j map event_pipe` says when something is sent."""
    process = subprocess.Popen(["bpftool", "-j", "map", "event_pipe", "id", str(number), *words],
                               stdout=subprocess.PIPE)
    end = time.monotonic() + PATIENCE
    while send():  # no slot is taken yet
        assert time.monotonic() < end and process.poll() is None
    for _ in range(10):  # it may sleep through one
        time.sleep(0.05)
        send()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE)
    return json.loads(out)


def without_time(found):
    assert all(one.pop("timestamp") > 0 for one in found)
    return found


def test_perf_events_are_those_of_bpftool(sender, opened):
    theirs = of_bpftool(sender.perf, lambda: sender.to_perf(7))
    fd = opened(sender.perf)
    assert sender.to_perf(7) == 0
    ours = records(fd, 1)
    assert list(ours[0]) == list(theirs[0])
    assert without_time(ours) == without_time(theirs)[:1]
    assert ours == [{"type": 9, "cpu": 0, "index": 0, "data": TO_PERF}]


def test_every_cpu(sender, opened):
    fd = opened(sender.perf)
    cpus = range(os.sysconf("SC_NPROCESSORS_ONLN"))
    for cpu in cpus:
        assert sender.to_perf(cpu, cpu=cpu) == 0
    found = records(fd, len(cpus))
    assert sorted((one["cpu"], one["index"], one["data"][0]) for one in found) == \
        [(cpu, cpu, cpu) for cpu in cpus]


def test_the_slots_are_empty_when_the_last_reader_has_gone(view, sender):
    path = view.at("map", sender.perf, "event_pipe")
    assert sender.to_perf(1) == -errno.ENOENT
    first, second = os.open(path, os.O_RDONLY), os.open(path, os.O_RDONLY)
    assert sender.to_perf(1) == 0
    os.close(first)
    assert sender.to_perf(1) == 0
    os.close(second)
    wait_until(lambda: sender.to_perf(1) == -errno.ENOENT)
    wait_until(lambda: ("map", sender.perf) not in view.bpf_fds())


def test_opening_for_writing_takes_no_slot(view, sender):
    write(view, sender.perf, "type event\n")
    assert sender.to_perf(1) == -errno.ENOENT
    assert ("map", sender.perf) not in view.bpf_fds()


def test_one_cpu_through_one_slot(sender, opened):
    theirs = of_bpftool(sender.perf, lambda: sender.to_perf(7, index=1), "cpu", "0", "index", "1")
    fd = opened(sender.perf, os.O_RDWR)
    os.write(fd, b"cpu 0 index 1\n")
    assert sender.to_perf(1) == -errno.ENOENT
    assert sender.to_perf(7, index=1) == 0
    assert without_time(records(fd, 1)) == \
        [{"type": 9, "cpu": 0, "index": 1, "data": TO_PERF}] == without_time(theirs)[:1]
    os.write(fd, b"reset\n")
    assert sender.to_perf(8) == 0
    assert records(fd, 1)[0]["index"] == 0


def test_lost_events_are_told(sender, opened):
    fd = opened(sender.perf)
    count = 0
    while sender.to_perf(count, 4000) == 0:
        count += 1
    for _ in range(10):
        assert sender.to_perf(0, 4000) == -errno.ENOSPC
    assert len(records(fd, count)) == count
    assert sender.to_perf(7) == 0
    lost, event = records(fd, 2)
    assert list(lost) == ["type", "cpu", "index", "lost"] and lost["type"] == 2
    assert list(lost["lost"]) == ["id", "count"] and lost["lost"]["count"] == 11
    assert event["data"] == TO_PERF


def test_types(sender, opened):
    """Of a program's BTF; what perf adds to fill a record up is no data."""
    fd = opened(sender.perf, os.O_RDWR)
    for word in (b"type sample", b"type struct sample"):
        os.write(fd, word)
        sender.sample(9)
        found = records(fd, 1)[0]
        assert found["data"] == {"number": 9, "parts": [1, 2]} and "rest" not in found
    os.write(fd, b"type event")
    sender.to_perf(7)
    assert records(fd, 1)[0]["data"] == {"number": 7, "colour": "GREEN", "text": "to perf"}
    os.write(fd, b"type __u32")
    sender.to_perf(7)
    found = records(fd, 1)[0]
    assert found["data"] == 7 and found["rest"] == TO_PERF[4:]
    os.write(fd, b"type bpf_insn")  # only the kernel knows it
    sender.to_perf(7)
    assert records(fd, 1)[0]["data"]["code"] == 7


def test_ring_buffer(sender, opened):
    """Records wait until somebody reads, and opening alone takes none."""
    sender.to_ring(5)
    os.close(os.dup(opened(sender.ring)))
    fd = opened(sender.ring)
    sender.to_ring(6, 4)
    assert records(fd, 2) == [{"data": TO_RING}, {"data": [6, 0, 0, 0]}]
    assert nothing_in(fd)


def test_ring_buffer_typed(sender, opened):
    fd = opened(sender.ring, os.O_RDWR)
    os.write(fd, b"type event\n")
    for size in (20, 23, 4):
        sender.to_ring(5, size)
    assert records(fd, 3) == [{"data": EVENT}, {"data": EVENT, "rest": [0, 0, 0]},
                              {"data": {"number": 5, "colour": None, "text": []}}]


def test_records_that_wake_nobody(view, sender):
    process = subprocess.Popen(["head", "-n1", view.at("map", sender.ring, "event_pipe")],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: ("map", sender.ring) in view.bpf_fds())
    sender.to_ring(5, flags=NO_WAKEUP)
    out, err = process.communicate(timeout=PATIENCE)
    assert json.loads(out) == {"data": TO_RING}
    assert process.returncode == 0 and err == b""


def test_small_reads(sender, opened):
    fd = opened(sender.ring)
    for number in range(3):
        sender.to_ring(number)
    assert [one["data"][0] for one in records(fd, 3, 7)] == [0, 1, 2]


def test_many_records(sender, opened):
    """More than one read takes, and in order."""
    fd, count = opened(sender.ring), 65536 // 32 - 1  # the ring is full
    for number in range(count):
        sender.to_ring(number, 20)
    assert [one["data"][0] + 256 * one["data"][1] for one in records(fd, count)] == \
        list(range(count))


def test_a_blocked_reader(view, sender):
    """It gets what comes, is no thread of the daemon, and can be killed."""
    threads = view.threads()
    process = subprocess.Popen(["cat", view.at("map", sender.perf, "event_pipe")],
                               stdout=subprocess.PIPE)
    wait_until(lambda: sender.to_perf(7) == 0)
    assert json.loads(process.stdout.readline())["data"] == TO_PERF
    assert view.threads() <= max(threads, 7)
    process.kill()
    process.communicate(timeout=PATIENCE)
    wait_until(lambda: sender.to_perf(1) == -errno.ENOENT)


def test_options_hold_until_the_last_reader_goes(view, sender):
    """They are for who reads now or, if nobody does, next."""
    path = view.at("map", sender.ring, "event_pipe")
    write(view, sender.ring, "type event\n")
    first = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sender.to_ring(5)
    assert records(first, 1) == [{"data": EVENT}]
    write(view, sender.ring, "type __u8\n")
    second = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sender.to_ring(5, 1)
    os.close(first)
    assert records(second, 1) == [{"data": 5}]
    os.close(second)
    sender.to_ring(5)

    def untyped():
        third = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return records(third, 1) == [{"data": TO_RING}]
        finally:
            os.close(third)

    wait_until(lambda: not [one for one in view.bpf_fds() if one == ("map", sender.ring)])
    assert untyped()


@pytest.mark.parametrize("text, words", [
    ("", "an option is missing"),
    ("cpus 1", 'did you mean "cpu"?'),
    ("cpu", "a number is missing"),
    ("cpu x", "a number is expected"),
    ("cpu 99999", "CPUs"),
    ("cpu 4294967296", "CPUs"),
    ("cpu 0 index", "a number is missing"),
    ("cpu 0 index 9999", "slots"),
    ("index 0", '"cpu N" is missing'),
    ("type", "the name of a type is missing"),
    ("type struct", "the name of a type is missing"),
    ("type evnt", 'did you mean "event"?'),
    ("type struct colour", "there is no type"),
    ("cpu 0 cpu 1", "said already"),
    ("type event type sample", "said already"),
    ("type event cpu 0 reset now", 'no option called "now"'),
])
def test_wrong_options(view, sender, opened, text, words):
    """Nothing changes; the error log says where."""
    fd = opened(sender.perf, os.O_RDWR)
    os.write(fd, b"type event\n")
    with pytest.raises(OSError) as caught:
        os.write(fd, text.encode() + b"\n")
    assert caught.value.errno == errno.EINVAL
    said = last_words(view)
    assert words in said and "^" in said or not text
    assert sender.to_perf(7) == 0
    assert records(fd, 1)[0]["data"]["text"] == "to perf"


def test_no_slots_of_a_ring_buffer(view, sender):
    with pytest.raises(OSError) as caught:
        write(view, sender.ring, "cpu 0")
    assert caught.value.errno == errno.EINVAL
    assert "a ring buffer is that of all CPUs" in last_words(view)


def test_where_there_is_none(view, sender):
    with kernel.Map("hash", 4, 4, 1) as other:
        assert "event_pipe" not in view.list("map", other.id)
    user = kernel.id_of(sender.held.maps["from_user"])
    assert "event_pipe" not in view.list("map", user)


def test_a_map_that_has_gone(view):
    with kernel.Map("ringbuf", 0, 0, 4096) as ring:
        path = view.at("map", ring.id, "event_pipe")
        folder = os.open(view.at("map", ring.id), os.O_PATH)
    try:
        with pytest.raises(FileNotFoundError):
            os.open(path, os.O_RDONLY)
    finally:
        os.close(folder)


def test_the_daemon_ends_with_a_reader(mount, sender):
    own = mount()
    process = subprocess.Popen(["cat", own.at("map", sender.perf, "event_pipe")],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    wait_until(lambda: sender.to_perf(7) == 0)
    own.process.send_signal(signal.SIGTERM)
    assert own.process.wait(PATIENCE) == 0
    process.communicate(timeout=PATIENCE)
    wait_until(lambda: sender.to_perf(1) == -errno.ENOENT)
    assert own.words() == ""
    own.cleanup()
