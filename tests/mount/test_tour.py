# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/tour.md, run as it is written, with namespaces of its own for mounts and networking."""
import os
import subprocess

import pytest

import transcript
from objects import BUILD, ROOT

PREPARE = """
umount -l /bpfview 2>/dev/null
mount -t bpf bpf /sys/fs/bpf
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
[ -d /sys/fs/cgroup/cgroup.procs ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
ip link set lo up
export PATH={build}:$PATH LC_ALL=C TZ=UTC
"""


@pytest.fixture
def mountpoint():
    """The tour's, which may be there or not."""
    made = not os.path.isdir("/bpfview")
    if made:
        os.mkdir("/bpfview")
    yield
    if made:
        os.rmdir("/bpfview")


def test_tour(mountpoint):
    shell = transcript.Shell(["unshare", "--mount", "--net", "--propagation", "private", "bash"],
                             os.path.join(BUILD, "docs/tour"))
    try:
        shell.run(PREPARE.format(build=BUILD))
        wrong = transcript.differences(os.path.join(ROOT, "docs/tour.md"), shell)
        shell.run("cd /; umount /bpfview")
    finally:
        shell.close()
    assert not wrong, "\n\n".join(wrong)
    assert not os.path.exists("/sys/fs/cgroup/tour")
    left = subprocess.run(["pgrep", "-fx", "bpfview /bpfview"], stdout=subprocess.PIPE, text=True,
                          check=False).stdout
    assert not left, "a daemon is left"
