# SPDX-License-Identifier: GPL-2.0-or-later
"""map/ID/restore: what dump.json gave makes the same map again, byte for byte."""
import errno
import json
import os
import struct
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import kernel
import objects
from oracle import bpftool
from test_map_write import u32, u64
from writing import code_of, order

# --- random BTF ---


class Blob:
    """BTF under construction (the kernel's Documentation/bpf/btf.rst)."""

    def __init__(self):
        self.names, self.types, self.count = b"\0", b"", 0
        self.index = self.add(1, "index_t", 4, struct.pack("=I", 32))

    def name(self, text):
        if not text:
            return 0
        at = len(self.names)
        self.names += text.encode() + b"\0"
        return at

    def add(self, kind, name, size, rest=b"", vlen=0, flag=0):
        self.types += struct.pack("=III", self.name(name), flag << 31 | kind << 24 | vlen, size) + rest
        self.count += 1
        return self.count

    def bytes(self):
        head = struct.pack("=HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(self.types), len(self.types),
                           len(self.names))
        return head + self.types + self.names


# A type is ("int", size, encoding, name), ("enum", size, values), ("float", size),
# ("array", type, n), ("struct" or "union", [(name, type, bits)], padding).
SIGNED, CHAR, BOOL = 1, 2, 4
scalars = st.one_of(
    st.tuples(st.just("int"), st.sampled_from([1, 2, 4, 8]), st.sampled_from([0, SIGNED]),
              st.just("number")),
    st.just(("int", 16, 0, "wide")),
    st.just(("int", 1, SIGNED, "char")),
    st.just(("int", 1, BOOL, "_Bool")),
    st.just(("int", 1, CHAR, "letter")),
    st.tuples(st.just("enum"), st.sampled_from([1, 2, 4]),
              st.lists(st.integers(-100, 100), min_size=1, max_size=4)),
    st.tuples(st.just("float"), st.sampled_from([4, 8])),
)


def members(types):
    bits = st.one_of(st.none(), st.integers(1, 7))
    return st.lists(st.tuples(st.booleans(), types, bits), min_size=1, max_size=5)


types = st.recursive(scalars, lambda inner: st.one_of(
    st.tuples(st.just("array"), inner, st.integers(1, 4)),
    st.tuples(st.sampled_from(["struct", "union"]), members(inner), st.integers(0, 3))), max_leaves=8)


def build(blob, made, numbers):
    """Adds a type: its id and its size."""
    kind = made[0]
    if kind == "int":
        _, size, encoding, name = made
        return blob.add(1, name, size, struct.pack("=I", encoding << 24 | size * 8)), size
    if kind == "enum":
        _, size, values = made
        rest = b"".join(struct.pack("=Ii", blob.name(f"E{next(numbers)}"), value) for value in values)
        return blob.add(6, f"e{next(numbers)}", size, rest, len(values)), size
    if kind == "float":
        return blob.add(16, "real", made[1]), made[1]
    if kind == "array":
        element, size = build(blob, made[1], numbers)
        return blob.add(3, "", 0, struct.pack("=III", element, blob.index, made[2])), size * made[2]
    rest, at, most, flag = b"", 0, 1, 0
    for anonymous, member, bits in made[1]:
        number, size = build(blob, member, numbers)
        start = 0 if kind == "union" else at
        if member[0] == "float":
            start = (start + size - 1) // size * size
        if bits and member[0] == "int" and member[2] in (0, SIGNED) and bits <= size * 8:
            offset, flag = bits << 24 | start * 8, 1
        else:
            offset = start * 8
        nameless = anonymous and member[0] in ("struct", "union")
        rest += struct.pack("=III", blob.name("" if nameless else f"m{next(numbers)}"), number, offset)
        at, most = start + size, max(most, start + size)
    # where there are bitfields the kernel takes every enum for one of 4 bytes
    size = most + made[2] + (3 if flag else 0)
    return blob.add(4 if kind == "struct" else 5, f"s{next(numbers)}", size, rest, len(made[1]),
                    flag), size


def content(size):
    """Bytes as they come, and such as mean something: letters, small numbers, zeros."""
    return st.one_of(st.binary(min_size=size, max_size=size), st.lists(
        st.sampled_from(b"\0\0\0\1aZ 09/\xff"), min_size=size, max_size=size).map(bytes))


def counter():
    number = 0
    while True:
        number += 1
        yield number


def entries_of(data, size):
    return sorted(data[at:at + size] for at in range(0, len(data), size))


@settings(max_examples=250, deadline=None, derandomize=True, database=None,
          suppress_health_check=list(HealthCheck))
@given(data=st.data(), key=types, value=types, per_cpu=st.booleans())
def test_random_types_and_values(view, data, key, value, per_cpu):
    blob, numbers = Blob(), counter()
    (key_type, key_size), (value_type, value_size) = (build(blob, made, numbers) for made in (key, value))
    cpus = kernel.possible_cpus() if per_cpu else 1
    stride = (value_size + 7) // 8 * 8 if per_cpu else value_size
    kind = "percpu_hash" if per_cpu else "hash"
    with kernel.Btf(blob.bytes()) as btf:
        made = [kernel.Map(kind, key_size, value_size, 16, name="random", btf=btf, key_type=key_type,
                           value_type=value_type) for _ in range(2)]
        with made[0] as one, made[1] as other:
            for _ in range(data.draw(st.integers(0, 4))):
                # the kernel clears what is between the values of CPUs
                each = [data.draw(content(value_size)).ljust(stride, b"\0") for _ in range(cpus)]
                one.update(data.draw(content(key_size)), b"".join(each))
            text = view.read("map", one.id, "dump.json")
            order(view.at("map", other.id, "restore"), text)
            expected = entries_of(view.read("map", one.id, "dump.bin"), key_size + stride * cpus)
            assert entries_of(view.read("map", other.id, "dump.bin"),
                              key_size + stride * cpus) == expected
            names = os.listdir(view.at("map", one.id, "entries"))
            assert len(set(names)) == len(names) == len(expected)
            for name in names:
                path = view.at("map", one.id, "entries", name)
                with open(path) as file:
                    shown = file.read()
                order(path, shown)
            assert entries_of(view.read("map", one.id, "dump.bin"),
                              key_size + stride * cpus) == expected or "_bytes" in text.decode()


@pytest.mark.parametrize("name", objects.names())
def test_maps_of_the_test_programs(view, loaded, name):
    """Those that have a dump, into a copy that map/create makes from the original."""
    done = 0
    for fd in loaded(name).maps.values():
        info = view.json("map", kernel.id_of(fd), "info.json")
        if info["type"] not in ("hash", "array", "lru_hash", "percpu_hash", "percpu_array", "lpm_trie",
                                "prog_array", "hash_of_maps", "array_of_maps"):
            continue
        if info.get("frozen") or not info.get("max_entries") or info["flags"] & (8 | 128):
            continue
        before = view.json("map", info["id"], "dump.json")
        order(view.at("map", info["id"], "restore"), json.dumps(before))
        after = view.json("map", info["id"], "dump.json")
        assert sorted(map(json.dumps, after)) == sorted(map(json.dumps, before)), info["name"]
        done += 1
    if not done:
        pytest.skip("no such maps")


# --- other texts ---


@pytest.fixture
def pair(view):
    with kernel.Map("hash", 4, 8, 100_000, name="from") as one, \
            kernel.Map("hash", 4, 8, 100_000, name="to") as other:
        yield one, other, view.at("map", one.id), view.at("map", other.id)


def test_cat_copies_a_map(pair):
    one, _, source, target = pair
    count = 100_000
    one.fill(b"".join(map(u32, range(count))), b"".join(map(u64, range(count))), count)
    for copy in ("cat {0}/dump.json > {1}/restore", "cp {0}/dump.json {1}/restore",
                 "dd if={0}/dump.json of={1}/restore bs=7777 status=none",
                 "jq -c .[] {0}/dump.json > {1}/restore"):
        order(f"{target}/delete", "all")
        subprocess.run(["sh", "-c", copy.format(source, target)], check=True)
        with open(f"{source}/dump.bin", "rb") as a, open(f"{target}/dump.bin", "rb") as b:
            assert entries_of(a.read(), 12) == entries_of(b.read(), 12), copy
        with open(f"{target}/restore") as file:
            assert f"{count} entries written" in file.read()


def test_what_bpftool_dumps_is_taken(pair):
    one, other, _, target = pair
    one.update(u32(1), u64(2))
    order(f"{target}/restore", json.dumps(bpftool("map", "dump", "id", one.id)))
    assert other.lookup(u32(1)) == u64(2)


WRONG = [
    ('[{"key":1,"value":1},{"key":2,"valu":1}]', 1, "entry 2"),
    ('[{"key":1,"value":1},\n{"key":2,"value":"x"}]', 1, "line 2"),
    ('[{"key":1,"value":1}', 1, "middle"),
    ('[{"key":1,"val', 0, "middle"),
    ('{"key":1,"value":1} x', 1, "x"),
    ("", 0, None),
    ("nonsense", 0, "array"),
    ('[{"key":1,"value":1}] {"key":2,"value":1}', 1, "array"),
    ('[{"key":1,"value":1},{"error":"the map changed too fast"}]', 1, "not complete"),
    ('[{"key":1,"value":1}, 5]', 1, "5"),
    ('[{"key":1,"value":1},{"key":2,"value":1,"key":3}]', 1, "given twice"),
]


@pytest.mark.parametrize("text,written,words", WRONG)
def test_what_is_wrong_is_said(pair, view, text, written, words):
    _, other, _, target = pair
    order(view.at("error_log"), "clear")
    done = subprocess.run(["sh", "-c", f"cat > {target}/restore"], input=text.encode(), check=False,
                          capture_output=True)
    assert len(os.listdir(f"{target}/entries")) == written
    if words is None:
        assert done.returncode == 0
        return
    assert done.returncode != 0 and b"Invalid argument" in done.stderr
    log = view.text("error_log")
    assert words in log and f"{written} entries written" in log
    assert view.text(f"{target}/restore").count("entries written") == 1


def test_a_map_that_is_too_small(view):
    with kernel.Map("hash", 4, 8, 5, name="small") as made:
        text = json.dumps([{"key": i, "value": i} for i in range(9)])
        assert code_of(order, view.at("map", made.id, "restore"), text) == errno.E2BIG
        assert "room for 5 entries" in view.text("map", made.id, "restore")
        assert len(os.listdir(view.at("map", made.id, "entries"))) == 5
