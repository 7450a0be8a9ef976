# SPDX-License-Identifier: GPL-2.0-or-later
"""perf/: what traces, by descriptor and by link, beside what bpftool says."""
import fcntl
import os

import pytest

import attach
import kernel
from oracle import bpftool, check

pytestmark = pytest.mark.guest

SET_BPF = 0x40042408  # PERF_EVENT_IOC_SET_BPF


def attempt(make, *args, **more):
    """What was made, unless this kernel refuses such."""
    try:
        return make(*args, **more)
    except OSError as err:
        pytest.skip(f"this kernel: {make.__name__}: {os.strerror(err.errno)}")


class Event(kernel.Fd):
    """A perf event with a program, without a link."""

    def __init__(self, prog_fd, *args):
        super().__init__(attach.perf_event(*args))
        try:
            fcntl.ioctl(self.fd, SET_BPF, prog_fd)
        except OSError:
            self.close()
            raise


def ours(entries, fd=None):
    return [entry for entry in entries if entry.get("pid") == os.getpid()
            and fd in (None, entry["fd"])]


def compare(view, fd):
    """The entry of a descriptor of this process, after comparing it with bpftool's."""
    found = ours(view.json("perf", "list.json"), fd)
    expected = ours(bpftool("perf", "list"), fd)
    assert len(expected) == 1
    check(expected, found)
    with open("/proc/self/comm") as comm:
        assert found[0]["comm"] == comm.read().rstrip("\n")
    return found[0]


def by_link(view, link):
    """The entry of a link of this process."""
    found = [entry for entry in view.json("perf", "list.json") if entry.get("link_id") == link.id]
    assert len(found) == 1
    assert (found[0]["pid"], found[0]["fd"]) == (os.getpid(), link.fd)
    return found[0]


def test_tracepoint(view, loaded):
    prog = loaded("trace").progs["on_tracepoint"]
    with open(f"{attach.TRACEFS}/events/raw_syscalls/sys_enter/id") as number:
        event = int(number.read())
    with Event(prog, attach.TYPE_TRACEPOINT, event) as made:
        entry = compare(view, made.fd)
        assert entry["fd_type"] == "tracepoint" and entry["tracepoint"] == "sys_enter"
        assert entry["prog_id"] == kernel.id_of(prog)
        assert "link_id" not in entry
    assert not ours(view.json("perf", "list.json"), made.fd)


@pytest.mark.parametrize("returns", [False, True])
def test_uprobe(view, loaded, binary, returns):
    prog = loaded("links").progs["on_probe"]
    name = kernel.buffer(os.fsencode(binary) + b"\0")
    with attempt(Event, prog, attach.pmu("uprobe"), int(returns), kernel.address(name),
                 0x1230) as made:
        entry = compare(view, made.fd)
        assert entry["fd_type"] == ("uretprobe" if returns else "uprobe")
        assert entry["filename"] == binary and entry["offset"] == 0x1230


def test_kprobe(view, loaded):
    prog = loaded("links").progs["on_probe"]
    name = kernel.buffer(b"do_sys_openat2\0")
    if not os.path.isdir(f"{attach.PMUS}/kprobe"):
        pytest.skip("this kernel has no kprobes")
    with attempt(Event, prog, attach.pmu("kprobe"), 0, kernel.address(name)) as made:
        assert compare(view, made.fd)["func"] == "do_sys_openat2"


def test_raw_tracepoint(view, loaded):
    prog = loaded("trace").progs["on_raw_tracepoint"]
    with kernel.raw_tracepoint(prog, "sched_process_exec") as link:
        assert compare(view, link.fd)["link_id"] == link.id
        assert by_link(view, link)["tracepoint"] == "sched_process_exec"


def test_event_without_a_program(view):
    made = kernel.Fd(attach.perf_event(attach.TYPE_SOFTWARE, 9))
    with made:
        assert not ours(view.json("perf", "list.json"), made.fd)


@pytest.mark.skipif(kernel.RELEASE < (6, 6), reason="this kernel does not tell what links are on")
def test_perf_event_links(view, loaded, binary):
    """What bpftool does not see once the event itself is closed."""
    prog = loaded("trace").progs["on_tracepoint"]
    with attach.tracepoint(prog, "raw_syscalls/sys_enter") as link:
        assert not ours(bpftool("perf", "list"), link.fd)
        entry = by_link(view, link)
        assert entry["fd_type"] == "tracepoint" and entry["tracepoint"] == "sys_enter"
        assert entry["prog_id"] == kernel.id_of(prog)
    prog = loaded("links").progs["on_probe"]
    with attempt(attach.probe, prog, "uprobe", binary, 0x450, True) as link:
        entry = by_link(view, link)
        assert (entry["fd_type"], entry["filename"], entry["offset"]) == \
            ("uretprobe", binary, 0x450)
        words = view.text("perf", "list").splitlines()
        assert words[0].split()[:6] == ["pid", "comm", "fd", "link_id", "prog_id", "fd_type"]
        line = next(line.split() for line in words if line.split()[3] == str(link.id))
        assert line[0] == str(os.getpid()) and line[-3:] == [binary, "-", "-"]


def test_counted_event(view, loaded):
    event = attach.perf_event(attach.TYPE_SOFTWARE, 2)
    with attach.on_event(loaded("trace").progs["on_perf_event"], event) as link:
        entry = by_link(view, link)
        assert (entry["fd_type"], entry["event"]) == ("perf_event", "software:page-faults")
        assert "tracepoint" not in entry


def test_uprobe_multi(view, loaded, binary):
    prog = loaded("links_new").progs["on_many_places"]
    with attempt(attach.uprobe_multi, prog, binary, [0x10, 0x20, 0x30], [1, 2, 3]) as link:
        entry = by_link(view, link)
        assert (entry["fd_type"], entry["filename"], entry["func_cnt"]) == \
            ("uprobe_multi", binary, 3)
        assert "offset" not in entry


def test_pinned_link(view, loaded, bpffs):
    """A link that no process has open is there, without a process."""
    prog = loaded("trace").progs["on_raw_tracepoint"]
    path = f"{bpffs}/perf_link"
    with kernel.raw_tracepoint(prog, "sched_process_exec") as link:
        number = link.id
        kernel.pin(link.fd, path)
    try:
        entry = next(entry for entry in view.json("perf", "list.json")
                     if entry.get("link_id") == number)
        assert "pid" not in entry and "fd" not in entry
        assert entry["fd_type"] == "raw_tracepoint"
    finally:
        os.unlink(path)


def test_two_descriptors_of_a_link(view, loaded):
    prog = loaded("trace").progs["on_raw_tracepoint"]
    with kernel.raw_tracepoint(prog, "sched_process_exec") as link:
        with kernel.Fd(os.dup(link.fd)) as other:
            found = [entry["fd"] for entry in view.json("perf", "list.json")
                     if entry.get("link_id") == link.id]
            assert found == sorted([link.fd, other.fd])


def test_links_that_do_not_trace_are_not_there(view, loaded):
    with attach.iterator(loaded("links").progs["list_tasks"]) as link:
        assert not [entry for entry in view.json("perf", "list.json")
                    if entry.get("link_id") == link.id]


def test_the_daemon_is_not_in_the_list(view):
    assert not [entry for entry in view.json("perf", "list.json")
                if entry.get("pid") == view.pid]
