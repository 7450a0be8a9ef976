# SPDX-License-Identifier: GPL-2.0-or-later
"""bpfview-gen object: links."""
import os
import struct

import pytest

import kernel
import objects
from gen import ALL, PARTS, gen, refused, run, tags


def test_a_library_of_three_objects_runs(tmp_path):
    out = tmp_path / "linked.o"
    gen("object", out, *PARTS)
    with objects.Object(str(out)) as loaded:
        assert set(loaded.progs) == {"count", "pass"}
        tally = loaded.map("tally", 4, 8)
        packet = b"\0" * 60
        assert kernel.run(loaded.progs["count"], packet) == 150   # limit, of another object
        assert kernel.run(loaded.progs["count"], packet) == 150
        assert kernel.run(loaded.progs["count"], packet) == 2041  # exceeded was 40
        assert struct.unpack("Q", tally.lookup(struct.pack("I", 1))) == (180,)
        assert kernel.run(loaded.progs["pass"], packet) == 2
        assert struct.unpack("Q", tally.lookup(struct.pack("I", 0))) == (1,)


def test_the_parts_do_not_load_alone():
    with pytest.raises(OSError):
        objects.Object(PARTS[0])


def places(tmp_path):
    """For ours and bpftool's: of one name, which maps of variables are called by."""
    for folder in ("ours", "theirs"):
        (tmp_path / folder).mkdir()
    return tmp_path / "ours" / "linked.o", tmp_path / "theirs" / "linked.o"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_linked_as_by_bpftool(tmp_path, order):
    parts = [PARTS[i] for i in order]
    ours, theirs = places(tmp_path)
    gen("object", ours, *parts)
    assert run("gen", "object", theirs, *parts, tool="bpftool").returncode == 0
    with objects.Object(str(ours)) as one, objects.Object(str(theirs)) as other:
        assert tags(one) == tags(other) and tags(one)
        assert set(one.maps) == set(other.maps) and len(one.maps) == 4


@pytest.mark.parametrize("path", ALL, ids=os.path.basename)
def test_one_object_is_what_bpftool_makes_of_it(tmp_path, path):
    ours, theirs = places(tmp_path)
    expected = run("gen", "object", theirs, path, tool="bpftool")
    if expected.returncode:
        assert path in refused("object", ours, path)
        return
    gen("object", ours, path)
    try:
        other = objects.Object(str(theirs))
    except OSError as err:
        pytest.skip(f"{os.path.basename(path)}, this kernel: {os.strerror(err.errno)}")
    with objects.Object(str(ours)) as one, other:
        assert tags(one) == tags(other) and set(one.maps) == set(other.maps)
        assert one.progs or one.maps


def test_a_linked_object_can_be_linked_again(tmp_path):
    half, whole = tmp_path / "half.o", tmp_path / "whole.o"
    gen("object", half, *PARTS[1:])
    gen("object", whole, PARTS[0], half)
    with objects.Object(str(whole)) as loaded:
        assert kernel.run(loaded.progs["count"], b"\0" * 200) == 2041


def test_the_output_may_be_an_input(tmp_path):
    out = tmp_path / "part.o"
    out.write_bytes(open(PARTS[0], "rb").read())
    gen("object", out, out, *PARTS[1:])
    objects.Object(str(out)).close()


def test_two_definitions_of_a_symbol(tmp_path):
    out = tmp_path / "out.o"
    words = refused("object", out, *PARTS, PARTS[1])
    assert "tally_add" in words or "tally" in words
    assert PARTS[1] in words
    assert os.listdir(tmp_path) == []


def test_a_definition_that_is_missing_is_named_when_it_is_loaded(tmp_path):
    out = tmp_path / "out.o"
    gen("object", out, *PARTS[:2])
    with pytest.raises(OSError, match="limit"):
        objects.Object(str(out))
