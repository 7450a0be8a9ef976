# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs bpfview-gen, and what is to be compared with it."""
import glob
import os
import subprocess

import objects

GEN = os.path.join(objects.BUILD, "bpfview-gen")
PROGS = os.path.join(objects.BUILD, "tests", "gen")
VMLINUX = "/sys/kernel/btf/vmlinux"
PARTS = [f"{PROGS}/part_{name}.bpf.o" for name in ("app", "tally", "limit")]
CORE = f"{PROGS}/core.bpf.o"
# Programs of many sorts: of the tests, of Debian's xdp-tools, of bpfview itself.
ALL = sorted(glob.glob(f"{objects.PROGS}/*.bpf.o")) + objects.XDP_TOOLS + \
    sorted(glob.glob(f"{objects.BUILD}/bpf/*.bpf.o"))


def run(*words, tool=GEN, **more):
    return subprocess.run([tool, *map(str, words)], capture_output=True, text=True, check=False,
                          **more)


def gen(*words, **more):
    """What it prints when all goes well."""
    done = run(*words, **more)
    assert (done.returncode, done.stderr) == (0, ""), f"{words}: {done.stderr}"
    return done.stdout


def refused(*words, code=1, **more):
    """What it says when it does not go well; nothing comes out then."""
    done = run(*words, **more)
    assert done.returncode == code, f"{words}: {done.returncode} {done.stderr}"
    assert done.stdout == ""
    assert done.stderr.startswith(("bpfview-gen: ", "usage: bpfview-gen "))
    return done.stderr


def tags(loaded):
    """The tags of an object's programs: equal where all instructions are."""
    found = {}
    for name, fd in loaded.progs.items():
        with open(f"/proc/self/fdinfo/{fd}") as lines:
            found[name] = next(line.split()[1] for line in lines if line.startswith("prog_tag:"))
    return found
