# SPDX-License-Identifier: GPL-2.0-or-later
"""map/ID/dump: entries of typed maps, beside bpftool's "formatted" and the values put in."""
import json
import os
import random
import subprocess

import pytest

import kernel
import objects
import values
from oracle import bpftool, check


def members(items):
    """bpftool calls all anonymous members of a struct "", which is one key only to most readers:
    ours are "#N" for the N-th member, and the last one ""."""
    unnamed = [i for i, (key, _) in enumerate(items) if key == ""]
    names = {i: f"#{i}" for i in unnamed[:-1]}
    assert len({key for key, _ in items}) == len(items) - len(names), "a key stands there twice"
    return {names.get(i, key): value for i, (key, value) in enumerate(items)}


def parse(text):
    return json.loads(text, object_pairs_hook=members)


def keyed(entries):
    """Entries of a dump by their keys: the order is the kernel's."""
    found = {json.dumps(entry.get("key")): entry for entry in entries}
    assert len(found) == len(entries), "a key stands there twice"
    return found


def formatted(number):
    """bpftool's dump in the form of dump.json."""
    done = subprocess.run(["bpftool", "-j", "map", "dump", "id", str(number)],
                          capture_output=True, check=False)
    entries = parse(done.stdout)
    return [{"key": entry["key"], **entry.get("formatted", entry)} for entry in entries]


def compare(view, number):
    """dump.json beside bpftool's; words for the kernel's refusals may differ."""
    expected, found = keyed(formatted(number)), keyed(parse(view.read("map", number, "dump.json")))
    assert sorted(expected) == sorted(found)
    for key, entry in expected.items():
        if isinstance(entry.get("value"), dict) and list(entry["value"]) == ["error"]:
            assert list(found[key]["value"]) == ["error"] and found[key]["value"]["error"]
            entry["value"] = found[key]["value"]
    check(expected, found, "dump.json")
    return found


@pytest.fixture(scope="module")
def typed(loaded):
    """The maps of types.bpf.c, filled."""
    held, maps = loaded("types"), {}
    for name, fill in values.TYPED.items():
        info = bpftool("map", "show", "id", kernel.id_of(held.maps[name]))
        maps[name] = held.map(name, info["bytes_key"], info["bytes_value"])
        for key, value in fill().items():
            maps[name].update(key, bytes(value).ljust(info["bytes_value"], b"\0"))
    return maps


@pytest.mark.parametrize("name", [name for name in values.TYPED if name != "t_floats"])
def test_types_are_bpftools(view, typed, name):
    found = compare(view, typed[name].id)
    assert len(found) == len(values.TYPED[name]())


@pytest.mark.parametrize("name", [name for name in values.TYPED if name != "t_floats"])
def test_any_bytes_are_bpftools(view, name):
    chance = random.Random(7)
    with objects.Object("types") as held:
        info = bpftool("map", "show", "id", kernel.id_of(held.maps[name]))
        made = held.map(name, info["bytes_key"], info["bytes_value"])
        for _ in range(60):
            # mostly small bytes, so that strings and enumerators turn up
            made.update(*(bytes(chance.choice((0, 1, 7, 65, 34, chance.randrange(256)))
                                for _ in range(size)) for size in (made.key_size, made.value_size)))
        compare(view, made.id)


def test_text_is_the_json_a_line_an_entry(view, typed):
    for name, made in typed.items():
        entries = json.loads(view.read("map", made.id, "dump.json"))
        lines = [line for line in view.text("map", made.id, "dump").splitlines()
                 if not line.startswith("#")]
        assert len(lines) == len(entries), name
        for line, entry in zip(lines, entries):
            squeezed = line.replace(" ", "")
            value = json.dumps(entry["value"], separators=(",", ":"), ensure_ascii=False)
            if name != "t_floats":  # numbers of other spelling
                assert squeezed.endswith(value.replace(" ", "")), name


def test_bin_is_keys_and_values(view, typed):
    for name, made in typed.items():
        raw = view.read("map", made.id, "dump.bin")
        size = made.key_size + made.value_size
        found = {raw[i:i + made.key_size]: raw[i + made.key_size:i + size]
                 for i in range(0, len(raw), size)}
        assert found == {key: bytes(value).ljust(made.value_size, b"\0")
                         for key, value in values.TYPED[name]().items()}, name


def test_floats(view, typed):
    made = typed["t_floats"]
    found = {entry["key"]: entry["value"]
             for entry in json.loads(view.read("map", made.id, "dump.json"))}
    assert found == {-1: {"f": 1.5, "d": -0.1}, 0: {"f": 0.0, "d": 1e300},
                     1: {"f": -2.25, "d": 3.0}}


def test_floats_that_json_has_no_number_for(view, typed):
    made = typed["t_floats"]
    try:
        for key, value in values.odd_floats().items():
            made.update(key, value)
        found = {entry["key"]: entry["value"]
                 for entry in json.loads(view.read("map", made.id, "dump.json"),
                                         parse_constant=lambda word: f"bare {word}")}
        assert isinstance(found[10]["f"], str) and found[10]["f"].lower().startswith("inf")
        assert found[10]["d"].lower() == "nan"
        assert found[11]["f"].lower().startswith("-inf")
    finally:
        for key in values.odd_floats():
            made.delete(key)


def test_enum64(view):
    """clang 14 makes no 64-bit enums: a BTF made by hand does."""
    strings = b"\0wide\0MINUS\0BIG\0num\0"

    def at(word):
        return strings.index(b"\0" + word + b"\0") + 1

    integer = kernel.struct.pack("=III", at(b"num"), 1 << 24, 4) + kernel.struct.pack("=I", 32)
    enum = kernel.struct.pack("=III", at(b"wide"), 1 << 31 | 19 << 24 | 2, 8)
    enum += kernel.struct.pack("=III", at(b"MINUS"), 2**32 - 1, 2**32 - 1)
    enum += kernel.struct.pack("=III", at(b"BIG"), 0x9abcdef0, 0x12345678)
    kinds = integer + enum
    blob = kernel.struct.pack("=HBBIIIII", 0xeb9f, 1, 0, 24, 0, len(kinds), len(kinds),
                              len(strings)) + kinds + strings
    with kernel.Btf(blob) as btf, kernel.Map("hash", 4, 8, 8, name="enum64", btf=btf, key_type=1,
                                             value_type=2) as made:
        for key, value in ((1, -1), (2, 0x123456789abcdef0), (3, 17)):
            made.update(kernel.struct.pack("=I", key), kernel.struct.pack("=q", value))
        found = compare(view, made.id)
        assert {entry["key"]: entry["value"] for entry in found.values()} == \
            {1: "MINUS", 2: "BIG", 3: 17}


def test_global_variables(view, loaded):
    held = loaded("globals")
    for section in (".rodata", ".data", ".bss"):
        number = kernel.id_of(held.maps["globals" + section])
        expected = bpftool("map", "dump", "id", number)[0]["formatted"]["value"]
        entries = json.loads(view.read("map", number, "dump.json"))
        assert len(entries) == 1
        found = entries[0]["value"]
        for variable in expected[section] if section == ".data" else []:
            # bpftool shows nothing of a flexible array; ours goes up to the alignment
            if "tail" in variable:
                variable["tail"]["items"] = [7, 8, 9, 0]
        check(expected, found, section)


def test_per_cpu(view, loaded):
    held = loaded("kinds")
    cpus = kernel.possible_cpus()
    for name, key, size in (("k_percpu_hash", 4, 16), ("k_percpu_array", 4, 4),
                            ("k_lru_percpu_hash", 4, 8)):
        made = held.map(name, key, size)
        room = (size + 7) // 8 * 8
        for number in (0, 5):
            each = b"".join(bytes([number + cpu + 1] * size).ljust(room, b"\0")
                            for cpu in range(cpus))
            made.update(kernel.struct.pack("=I", number), each)
        found = compare(view, made.id)
        assert all([v["cpu"] for v in entry["values"]] == list(range(cpus))
                   for entry in found.values())
        raw = view.read("map", made.id, "dump.bin")
        assert len(raw) == len(found) * (key + room * cpus)


RECORD = kernel.struct.pack("=I4sQ", 7, b"tag", 2**40)


@pytest.mark.parametrize("name,key", [
    ("k_hash", b"\1\0\0\0"), ("k_hash_lazy", bytes(range(8))), ("k_array", b"\2\0\0\0"),
    ("k_array_mmap", b"\2\0\0\0"), ("k_lru_hash", b"\1\0\0\0"),
    ("k_lpm_trie", b"\x18\0\0\0\x0a\1\2\0")])
def test_kinds_with_types(view, loaded, name, key):
    held = loaded("kinds")
    made = held.map(name, len(key), 8 if name == "k_array_mmap" else 16)
    made.update(key, RECORD[:made.value_size])
    compare(view, made.id)


def test_maps_of_maps(view, loaded):
    held = loaded("kinds")
    inner = {name: kernel.id_of(held.maps[name]) for name in ("k_inner_a", "k_inner_b")}
    for name in ("k_array_of_maps", "k_hash_of_maps"):
        found = compare(view, kernel.id_of(held.maps[name]))
        shown = json.dumps(list(found.values()))
        assert str(inner["k_inner_a"]) in shown
        text = view.text("map", kernel.id_of(held.maps[name]), "dump")
        assert str(inner["k_inner_a"]) in text


def test_prog_array(view, loaded):
    held = loaded("calls")
    found = compare(view, kernel.id_of(held.maps["jump_table"]))
    assert len(found) == 1
    text = view.text("map", kernel.id_of(held.maps["jump_table"]), "dump")
    assert text.count("\n") == 1


def registered(held, name):
    """Registers a struct_ops map; false while somebody else has one of that name."""
    try:
        held.register(name)
    except FileExistsError:
        return False
    return True


def test_struct_ops(view):
    with objects.Object("cc") as held:
        try:
            kernel.wait_until(lambda: registered(held, "lazy_cc"), "registering")
        except OSError as err:
            pytest.skip(f"this kernel: {os.strerror(err.errno)}")
        number = kernel.id_of(held.maps["lazy_cc"])
        expected = bpftool("map", "dump", "id", number)[0]["formatted"]["value"]
        entry = json.loads(view.read("map", number, "dump.json"))[0]
        check(expected, entry["value"], ignore=("counter",))
        assert entry["value"]["data"]["name"] == "bpfview_lazy"


def test_task_storage(view, loaded):
    """The kernel lists no keys of local storage; processes can be asked one by one."""
    held = loaded("kinds")
    made = held.map("k_task_storage", 4, 16)
    pidfd = os.pidfd_open(os.getpid())
    try:
        made.update(kernel.struct.pack("=i", pidfd), RECORD)
        entries = json.loads(view.read("map", made.id, "dump.json"))
        assert [e for e in entries if e.get("key") == os.getpid()
                and e["value"]["sum"] == 2**40], entries
        assert str(os.getpid()) in view.text("map", made.id, "dump")
    finally:
        made.delete(kernel.struct.pack("=i", pidfd))
        os.close(pidfd)


def test_strings_and_bytes_without_btf(view):
    with kernel.Map("hash", 4, 6, 8) as made:
        made.update(b"key1", b"\0\1\2\3\xfe\xff")
        made.update(b"key2", b"value!")
        compare(view, made.id)
        assert "00 01 02 03 fe ff" in view.text("map", made.id, "dump")


def test_empty_maps(view):
    for kind in ("hash", "lru_hash", "percpu_hash"):
        with kernel.Map(kind, 4, 6, 8) as made:
            assert json.loads(view.read("map", made.id, "dump.json")) == []
            assert view.read("map", made.id, "dump.bin") == b""
