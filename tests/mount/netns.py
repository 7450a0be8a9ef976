# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces of the tests' own, with interfaces to attach programs to."""
import ctypes
import json
import os
import subprocess
import threading

import pytest

import kernel

SCHED_CLS, FLOW_DISSECTOR, NETFILTER_PROG = 3, 22, 32
FLOW_DISSECTOR_HOOK, NETFILTER_HOOK = 17, 45
TCX_INGRESS, TCX_EGRESS, NETKIT_PRIMARY, NETKIT_PEER = 46, 47, 54, 55
PROG_ATTACH = 8
XDP_LINK = 37
F_BEFORE = 1 << 3
CLONE_NEWNET = 0x40000000

RETURN = {value: kernel.insn(0xb7, 0, imm=value) + kernel.insn(0x95) for value in (0, 1, 2)}


def xdp(name):
    return kernel.Prog(RETURN[2], kernel.XDP, name)


def classifier(name):
    return kernel.Prog(RETURN[0], SCHED_CLS, name)


class Refused(Exception):
    """What this machine cannot do, in its own words."""


class Netns:
    """A namespace that `ip netns` knows, removed at the end of a `with`."""

    def __init__(self):
        self.name = "bpfview-" + os.urandom(4).hex()
        subprocess.run(["ip", "netns", "add", self.name], check=True)

    def close(self):
        subprocess.run(["ip", "netns", "del", self.name], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def ino(self):
        return os.stat(f"/run/netns/{self.name}").st_ino

    def run(self, what):
        """Calls what() in a thread that is inside the namespace."""
        result = []

        def inside():
            try:
                with open(f"/run/netns/{self.name}") as ns:
                    if kernel.libc.setns(ns.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns")
                result.append(what())
            except OSError as err:
                result.append(err)

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if isinstance(result[0], OSError):
            raise result[0]
        return result[0]

    def _tool(self, tool, words):
        done = subprocess.run([tool, "-n", self.name, *map(str, words)], capture_output=True,
                              check=False)
        if done.returncode:
            raise Refused(f"{tool} {' '.join(map(str, words))}: {done.stderr.decode().strip()}")
        return done.stdout.decode()

    def ip(self, *words):
        return self._tool("ip", words)

    def tc(self, *words):
        return self._tool("tc", words)

    def veth(self, name, peer):
        self.ip("link", "add", name, "type", "veth", "peer", "name", peer)
        self.ip("link", "set", name, "up")
        self.ip("link", "set", peer, "up")
        return self.index(name)

    def index(self, name):
        return json.loads(self.ip("-j", "link", "show", "dev", name))[0]["ifindex"]

    def bpftool(self):
        """`bpftool -j net show` inside, with its flow dissector made JSON."""
        done = subprocess.run(["nsenter", f"--net=/run/netns/{self.name}", "bpftool", "-j", "net"],
                              capture_output=True, check=True)
        text = done.stdout.decode()
        before, between, rest = text.partition('"flow_dissector":[')
        inside, end, after = rest.partition("]")
        if inside and not inside.startswith("{"):
            inside = "{" + inside + "}"
        return json.loads(before + between + inside + end + after)

    # --- attachments ---

    def _call(self, hook, command, attr):
        """bpf(2) inside; skips the test where there is no tcx."""
        try:
            return self.run(lambda: kernel.bpf(command, attr))
        except OSError as err:
            if hook in (TCX_INGRESS, TCX_EGRESS) and kernel.RELEASE < (6, 6):
                pytest.skip(f"tcx, this kernel: {os.strerror(err.errno)}")
            raise

    def attach(self, prog, target, hook, flags=0):
        """BPF_PROG_ATTACH; `target` is an interface's index or the namespace itself."""
        self._call(hook, PROG_ATTACH, kernel.attr_of("4I", target, prog.fd, hook, flags))

    def link(self, prog, target, hook, flags=0):
        return kernel.Fd(self._call(hook, kernel.LINK_CREATE,
                                    kernel.attr_of("4I", prog.fd, target, hook, flags)))

    def flow_dissector_link(self, prog):
        with open(f"/run/netns/{self.name}") as ns:
            return self.link(prog, ns.fileno(), FLOW_DISSECTOR_HOOK)

    def netfilter_link(self, prog, family, hook, priority):
        attr = kernel.attr_of("4I2IiI", prog.fd, 0, NETFILTER_HOOK, 0, family, hook, priority, 0)
        return kernel.Fd(self.run(lambda: kernel.bpf(kernel.LINK_CREATE, attr)))
