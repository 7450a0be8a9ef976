# SPDX-License-Identifier: GPL-2.0-or-later
"""map/ID/stacks: the frames that are in the map, with the symbols of /proc/kallsyms."""
import bisect
import os
import re

import pytest

import kernel


@pytest.fixture(scope="module")
def noted(loaded):
    """A program has run once and noted its own stacks: ids of maps and of stacks by map."""
    held = loaded("stacks")
    kernel.run(held.progs["note_stacks"], b"")
    maps = {name: kernel.id_of(held.maps[name])
            for name in ("kernel_stacks", "user_stacks", "build_ids")}
    globals_ = held.map(next(name for name in held.maps if name.endswith(".data")), 4, 12)
    ids = kernel.struct.unpack("=3i", globals_.lookup(bytes(4), 12))
    if ids[0] < 0:
        pytest.skip(f"this kernel: {os.strerror(-ids[0])}")
    return maps, dict(zip(maps, ids))


def symbols():
    """Addresses and names, the first of those that share an address: as the kernel chooses."""
    found = {}
    with open("/proc/kallsyms") as lines:
        for line in lines:
            addr, _, name = line.split()[:3]
            if int(addr, 16):
                found.setdefault(int(addr, 16), set()).add(name)
    return sorted(found), found


def addresses(view, number):
    """What the dump has, by id, without the frames that are not there."""
    return {entry["key"]: [addr for addr in entry["value"] if addr]
            for entry in view.json("map", number, "dump.json")}


def test_kernel_stacks(view, noted):
    maps, ids = noted
    stacks = {s["id"]: s["frames"] for s in view.json("map", maps["kernel_stacks"], "stacks.json")}
    assert {number: [frame["addr"] for frame in frames] for number, frames in stacks.items()} \
        == addresses(view, maps["kernel_stacks"])
    frames = stacks[ids["kernel_stacks"]]
    starts, names = symbols()
    for i, frame in enumerate(frames):
        at = bisect.bisect_right(starts, frame["addr"] - (i > 0)) - 1
        assert frame["func"] in names[starts[at]]
        assert frame["offset"] == frame["addr"] - starts[at]
    assert re.fullmatch("bpf_prog_[0-9a-f]{16}_note_stacks", frames[0]["func"])
    assert frames[0]["module"] == "bpf" and frames[1]["module"] is None
    assert any("sys_bpf" in frame["func"] for frame in frames)


def test_user_stacks_are_numbers(view, noted):
    maps, ids = noted
    stacks = {s["id"]: s["frames"] for s in view.json("map", maps["user_stacks"], "stacks.json")}
    frames = stacks[ids["user_stacks"]]
    assert frames and all(list(frame) == ["addr"] for frame in frames)
    assert [frame["addr"] for frame in frames] \
        == addresses(view, maps["user_stacks"])[ids["user_stacks"]]


def build_id_of(path):
    with open(path, "rb") as file:
        data = file.read()
    note = data.find(b"\4\0\0\0\x14\0\0\0\3\0\0\0GNU\0")
    return data[note + 16:note + 36].hex() if note >= 0 else None


def test_build_ids(view, noted):
    maps, ids = noted
    frames = next(s["frames"] for s in view.json("map", maps["build_ids"], "stacks.json")
                  if s["id"] == ids["build_ids"])
    user = addresses(view, maps["user_stacks"])[ids["user_stacks"]]
    assert len(frames) == len(user)
    with open("/proc/self/maps") as lines:
        areas = [re.split(r"\s+", line.strip(), maxsplit=5) for line in lines]
    named = 0
    for frame, addr in zip(frames, user):
        if "addr" in frame:
            assert frame == {"addr": addr}
            continue
        area = next(a for a in areas
                    if int(a[0].split("-")[0], 16) <= addr < int(a[0].split("-")[1], 16))
        assert frame["build_id"] == build_id_of(area[5])
        assert frame["file_offset"] == addr - int(area[0].split("-")[0], 16) + int(area[2], 16)
        named += 1
    assert named


@pytest.mark.parametrize("name", ["kernel_stacks", "user_stacks", "build_ids"])
def test_text_says_the_same(view, noted, name):
    maps, _ = noted
    text = view.text("map", maps[name], "stacks")
    blocks = [block.splitlines() for block in text.split("\n\n")]
    stacks = view.json("map", maps[name], "stacks.json")
    assert [block[0] for block in blocks] == [f"id {stack['id']}" for stack in stacks]
    for block, stack in zip(blocks, stacks):
        lines = []
        for frame in stack["frames"]:
            if "build_id" in frame:
                lines.append(f"  {frame['build_id']}+{frame['file_offset']:#x}")
                continue
            line = f"  {frame['addr']:#x}"
            if "func" in frame:
                line += f" {frame['func']}+{frame['offset']:#x}"
                line += f" [{frame['module']}]" if frame["module"] else ""
            lines.append(line)
        assert block[1:] == lines


def test_no_stacks(view):
    with kernel.Map("stack_trace", 4, 32, 8) as made:
        assert view.read("map", made.id, "stacks") == b""
        assert view.json("map", made.id, "stacks.json") == []


def test_other_maps_have_none(view):
    with kernel.Map("hash", 4, 8, 8) as made:
        assert not {"stacks", "stacks.json"} & set(view.list("map", made.id))
        assert not os.path.lexists(view.at("map", made.id, "stacks"))
