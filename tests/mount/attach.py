# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes links of every type with the bare system calls; each is an Fd that ends its link."""
import contextlib
import ctypes
import os
import struct
import subprocess

import kernel
from kernel import Fd, address, bpf, buffer, libc
from objects import lib

lib.libbpf_bpf_attach_type_str.restype = ctypes.c_char_p
SYS_PERF_EVENT_OPEN = {321: 298, 280: 241}[kernel.SYS_BPF]
CLONE_NEWNET = 0x40000000
TYPE_TRACEPOINT, TYPE_SOFTWARE, TYPE_HW_CACHE = 2, 1, 3
TRACEFS = "/sys/kernel/tracing"
PMUS = "/sys/bus/event_source/devices"


def attach_type(name):
    """The number of an attach type, by libbpf's word for it."""
    number = 0
    while (word := lib.libbpf_bpf_attach_type_str(number)) is not None:
        if word.decode() == name:
            return number
        number += 1
    raise KeyError(name)


def link(prog_fd, target, kind, tail=b"", flags=0):
    """BPF_LINK_CREATE; `tail` is what the type of link has of its own in union bpf_attr."""
    head = struct.pack("=4I", prog_fd, target, attach_type(kind), flags)
    attr = ctypes.create_string_buffer(head + tail, 160)
    return Fd(bpf(kernel.LINK_CREATE, attr, 64))


def iterator(prog_fd, parameters=b""):
    """An iterator; `parameters` is its union bpf_iter_link_info."""
    room = buffer(parameters or b"\0")
    tail = struct.pack("=QI", address(room), len(parameters)) if parameters else b""
    return link(prog_fd, 0, "trace_iter", tail)


def netfilter(prog_fd, family, hook, priority, flags=0):
    return link(prog_fd, 0, "netfilter", struct.pack("=IIiI", family, hook, priority, flags))


def uprobe_multi(prog_fd, path, offsets, cookies, pid=0, flags=0):
    name = buffer(os.fsencode(path) + b"\0")
    places, words = buffer(struct.pack(f"={len(offsets)}Q", *offsets)), \
        buffer(struct.pack(f"={len(cookies)}Q", *cookies))
    return link(prog_fd, 0, "trace_uprobe_multi", struct.pack(
        "=4Q3I", address(name), address(places), 0, address(words), len(offsets), flags, pid))


def kprobe_multi(prog_fd, functions, cookies, flags=0):
    names = [buffer(name.encode() + b"\0") for name in functions]
    table = buffer(struct.pack(f"={len(names)}Q", *map(address, names)))
    words = buffer(struct.pack(f"={len(cookies)}Q", *cookies))
    return link(prog_fd, 0, "trace_kprobe_multi", struct.pack(
        "=II3Q", flags, len(names), address(table), 0, address(words)))


def perf_event(kind, config=0, config1=0, config2=0, pid=-1, cpu=0):
    """A perf event, which counts nothing until something is attached to it."""
    attr = ctypes.create_string_buffer(struct.pack(
        "=IIQQQQQIIQQ", kind, 112, config, 1 << 30, 0, 0, 1, 0, 0, config1, config2), 112)
    fd = libc.syscall(SYS_PERF_EVENT_OPEN, attr, pid, cpu, -1, 8)
    if fd < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return fd


def on_event(prog_fd, event, cookie=0):
    """A link of type perf_event; takes over the event."""
    try:
        return link(prog_fd, event, "perf_event", struct.pack("=Q", cookie))
    finally:
        os.close(event)


def tracepoint(prog_fd, name, cookie=0):
    with open(f"{TRACEFS}/events/{name}/id") as number:
        return on_event(prog_fd, perf_event(TYPE_TRACEPOINT, int(number.read())), cookie)


def pmu(name):
    with open(f"{PMUS}/{name}/type") as number:
        return int(number.read())


def probe(prog_fd, kind, where, offset=0, returns=False, cookie=0):
    """`kind` is kprobe (of a function) or uprobe (of a file)."""
    name = buffer(os.fsencode(where) + b"\0")
    event = perf_event(pmu(kind), int(returns), address(name), offset)
    return on_event(prog_fd, event, cookie)


class Netns:
    """A network namespace with a name and a pair of devices, ve0 and ve1."""

    def __init__(self):
        self.name = "bpfview-" + os.urandom(4).hex()
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.fd = os.open(f"/run/netns/{self.name}", os.O_RDONLY | os.O_CLOEXEC)
        with self.inside():
            subprocess.run(["ip", "link", "add", "ve0", "type", "veth", "peer", "name", "ve1"],
                           check=True)

    @contextlib.contextmanager
    def inside(self):
        """This thread, and what it starts, is in the namespace meanwhile."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            assert not libc.setns(self.fd, CLONE_NEWNET), os.strerror(ctypes.get_errno())
            yield
        finally:
            assert not libc.setns(home, CLONE_NEWNET)
            os.close(home)

    @property
    def ino(self):
        return os.fstat(self.fd).st_ino

    def close(self):
        os.close(self.fd)
        subprocess.run(["ip", "netns", "del", self.name], check=True)


class Cgroup:
    """A cgroup of the tests' own."""

    def __init__(self):
        with open("/proc/self/mounts") as mounts:
            self.root = next(line.split()[1] for line in mounts if line.split()[2] == "cgroup2")
        self.path = "/bpfview-test-" + os.urandom(4).hex()
        os.mkdir(self.root + self.path)
        self.fd = os.open(self.root + self.path, os.O_RDONLY | os.O_CLOEXEC)

    @property
    def id(self):
        return os.fstat(self.fd).st_ino

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
            os.rmdir(self.root + self.path)
        self.fd = -1
