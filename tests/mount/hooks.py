# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/progs/hooks.bpf.c loaded, and what a view tells of it."""
import json
import os
import signal
import subprocess
import sys

import attach
import kernel
import objects
from daemon import View
from kernel import wait_until
from writing import last_words, order

PROBED = os.path.join(objects.BUILD, "tests", "mount", "probed")
SEND = "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.bind(('127.0.0.1',0));" \
    "s.sendto(b'x',s.getsockname());s.recv(1);s.close()"
# program: the type's names, the kernel's first, and what the process does
EVENTS = {
    "ingress": ("cgroup_inet_ingress ingress", SEND),
    "egress": ("cgroup_inet_egress egress", SEND),
    "sock_create": ("cgroup_inet_sock_create sock_create", "socket.socket().close()"),
    "connect4": ("cgroup_inet4_connect connect4",
                 "s=socket.socket();s.connect_ex(('127.0.0.1',9));s.close()"),
    "setsockopt": ("cgroup_setsockopt setsockopt",
                   "s=socket.socket();s.setsockopt(1,2,1);s.close()"),
    "sysctl": ("cgroup_sysctl sysctl", "open('/proc/sys/kernel/ostype').read()"),
    "device": ("cgroup_device device", "open('/dev/null').close()"),
}


def read_a_file():
    """What calls vfs_read() and security_file_open()."""
    with open("/proc/self/stat", "rb", buffering=0) as file:
        file.read(1)


class Hooks:
    """The programs, and a daemon with a bpffs of the tests' own that shows them."""

    def __init__(self, bpffs):
        self.bpffs = bpffs
        self.view = View(f"bpffs={bpffs}")
        self.object = objects.Object("hooks")
        self.progs = {name[2:]: kernel.id_of(fd) for name, fd in self.object.progs.items()}
        self.maps = {name: kernel.id_of(fd) for name, fd in self.object.maps.items()}

    def watch(self, pid):
        """Tracing programs count what this process does."""
        order(self.view.at("map", self.maps["watched"], "update"), f"key 0 value {pid}")

    def hits(self, hook):
        try:
            return self.view.json("map", self.maps["hits"], "entries", hook.upper())
        except FileNotFoundError:
            return {"times": 0}

    def times(self, hook):
        return self.hits(hook)["times"]

    def command(self, prog, file, text):
        order(self.view.at("prog", self.progs[prog], file), text)

    def attach(self, prog, text):
        self.command(prog, "attach", text)

    def detach(self, prog, text="\n"):
        self.command(prog, "detach", text)

    def links(self, prog):
        return [int(name) for name in self.view.list("prog", self.progs[prog], "links")]

    def link(self, prog):
        """The only link of a program."""
        found = self.links(prog)
        assert len(found) == 1
        return found[0]

    def kept(self):
        """What is pinned below bpfview/."""
        folder = f"{self.bpffs}/bpfview"
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def log(self):
        """The last entry of error_log."""
        return last_words(self.view)

    def rises(self, hook, cause):
        """Does `cause` until the program has run because of it."""
        before = self.times(hook)

        def happens():
            cause()
            return self.times(hook) > before

        wait_until(happens, what=f"{hook} of {cause}")

    def rests(self, hook, cause):
        """The program does not run any more."""
        before = self.times(hook)
        for _ in range(20):
            cause()
        assert self.times(hook) == before

    def restart(self, how=signal.SIGKILL):
        """Another daemon in place of this one, which is given no chance to do anything."""
        if how == signal.SIGKILL:
            self.view.cleanup()
        else:
            self.view.stop(how)
        self.view = View(f"bpffs={self.bpffs}")

    def close(self):
        self.object.close()
        kept = self.kept()
        for name in kept:
            os.unlink(f"{self.bpffs}/bpfview/{name}")
        self.view.stop()
        assert not kept


class Child:
    """A process that does what it is told, one line of Python at a time."""

    CODE = "import os, socket, sys\nfor line in sys.stdin:\n exec(line)\n print(flush=True)"

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-c", self.CODE], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = self.process.pid

    def do(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "\n", line

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Probed:
    """A process that calls probed_one() and probed_two()."""

    def __init__(self, path=PROBED):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = self.process.pid

    def do(self, letter):
        self.process.stdin.write(letter.encode())
        self.process.stdin.flush()
        return self.process.stdout.read(1).decode()

    def one(self):
        self.do("1")

    def two(self):
        self.do("2")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Inside:
    """A cgroup with a process in it, and what the view shows of it."""

    def __init__(self, hooks):
        self.hooks, self.cgroup, self.child = hooks, attach.Cgroup(), Child()
        self.real = self.cgroup.root + self.cgroup.path
        self.folder = hooks.view.at("cgroup", self.cgroup.path[1:])
        with open(f"{self.real}/cgroup.procs", "w") as procs:
            procs.write(str(self.child.pid))

    def attach(self, text):
        order(f"{self.folder}/attach", text)

    def detach(self, text):
        order(f"{self.folder}/detach", text)

    def attached(self):
        """What bpftool sees, which writes an empty line for nothing."""
        done = subprocess.run(["bpftool", "-j", "cgroup", "show", self.real], check=True,
                              capture_output=True)
        return json.loads(done.stdout.strip() or b"[]")

    def names(self, kind):
        folder = f"{self.folder}/{kind}"
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def id(self, prog):
        return self.hooks.progs[prog]

    def cause(self, prog):
        return lambda: self.child.do(EVENTS[prog][1])

    def close(self):
        self.child.close()
        self.cgroup.close()
