# SPDX-License-Identifier: GPL-2.0-or-later
"""The capabilities that scripts/bpfview.service leaves are enough."""
import os
import re
import subprocess

import pytest

import daemon
import kernel
from objects import BUILD, ROOT
from test_cfg_svg import GRAPHVIZ

NOBODY = 65534


@pytest.fixture
def service(tmp_path):
    """A script that runs a program with what the unit leaves to root."""
    with open(os.path.join(ROOT, "scripts/bpfview.service")) as unit:
        kept = set(re.findall(r"CAP_\w+", "".join(
            line for line in unit if line.startswith("CapabilityBoundingSet="))))
    assert "CAP_SYS_ADMIN" in kept
    known = subprocess.run(["setpriv", "--list-caps"], capture_output=True, check=True).stdout
    dropped = [name for name in known.decode().split() if "CAP_" + name.upper() not in kept]
    script = tmp_path / "service"
    words = ",".join("-" + name for name in dropped)
    script.write_text(f'#!/bin/sh\nexec setpriv --no-new-privs --bounding-set {words} "$@"\n')
    script.chmod(0o700)
    return script


@pytest.fixture
def serviced(service, mount, monkeypatch, tmp_path):
    """A view by such a daemon."""
    wrapper = tmp_path / "bpfview"
    wrapper.write_text(f'#!/bin/sh\nexec {service} {daemon.BINARY} "$@"\n')
    wrapper.chmod(0o700)
    monkeypatch.setattr(daemon, "BINARY", str(wrapper))
    return mount


def test_filters_are_confined_and_ended(service):
    subprocess.run([service, f"{BUILD}/tests/unit/test_confined"], check=True)


def test_graphs_are_drawn(serviced, view):
    if not GRAPHVIZ:
        pytest.skip("no Graphviz is installed")
    with kernel.Prog() as prog:
        assert serviced().read("prog", prog.id, "cfg.svg") == view.read("prog", prog.id, "cfg.svg")


def test_pins_of_others_are_removed(serviced, bpffs):
    """The root of a bpffs is sticky: what is in it is its owner's to remove."""
    view = serviced(f"bpffs={bpffs}")
    with kernel.Prog() as prog:
        os.symlink(view.at("prog", prog.id), view.at("pin/theirs"))
    for path in (bpffs, f"{bpffs}/theirs"):
        os.chown(path, NOBODY, NOBODY)
    try:
        os.unlink(view.at("pin/theirs"))
    finally:
        os.chown(bpffs, 0, 0)
    assert not os.path.exists(f"{bpffs}/theirs")


def test_objects_are_attached(serviced, bpffs):
    view = serviced(f"bpffs={bpffs}")
    subprocess.run(["cp", f"{BUILD}/scripts/sample.bpf.o", view.at("object")], check=True)
    with open(view.at("object/sample/attach"), "w") as file:
        file.write("1")
    kernel.wait_until(lambda: int(view.text("object/sample/var/sample_total")) > 0)
    os.rmdir(view.at("object/sample"))
