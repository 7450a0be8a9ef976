# SPDX-License-Identifier: GPL-2.0-or-later
"""map/ID/: entries as files, commands, and what is refused."""
import errno
import json
import os
import random
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

import kernel
import objects
import writing
from kernel import wait_until
from oracle import bpftool
from writing import code_of, last_words, order, put


@pytest.fixture
def typed():
    with objects.Object("types") as made:
        yield made


@pytest.fixture
def numbers(view):
    """A hash of 4-byte keys and 8-byte values without types, and its folder."""
    with kernel.Map("hash", 4, 8, 8, name="numbers") as made:
        yield made, view.at("map", made.id)


def u32(number):
    return struct.pack("=I", number)


def u64(number):
    return struct.pack("=Q", number)


# --- entries ---


def test_a_file_is_an_entry(numbers):
    made, folder = numbers
    order(f"{folder}/update", "key 7 value 5")
    assert made.lookup(u32(7)) == u64(5)
    assert os.listdir(f"{folder}/entries") == ["hex:07000000"]
    path = f"{folder}/entries/hex:07000000"
    with open(path) as file:
        assert file.read() == "hex 05 00 00 00 00 00 00 00\n"
    for text in ("9", "0x9", "9 0 0 0 0 0 0 0", "hex 09 00 00 00 00 00 00 00", "0x9 0 0 0 0 0 0 00\n"):
        made.update(u32(7), u64(0))
        order(path, text)
        assert made.lookup(u32(7)) == u64(9), text
    os.unlink(path)
    assert code_of(made.lookup, u32(7)) == errno.ENOENT
    assert code_of(os.stat, path) == errno.ENOENT


def test_a_new_file_adds_and_an_empty_one_is_zero(numbers):
    made, folder = numbers
    put(f"{folder}/entries/3", "33")
    assert made.lookup(u32(3)) == u64(33)
    with open(f"{folder}/entries/4", "w"):
        pass
    wait_until(lambda: code_of(made.lookup, u32(4)) == 0, what="an entry of zeros")
    assert made.lookup(u32(4)) == u64(0)
    subprocess.run(["sh", "-c", f"echo 5 > {folder}/entries/5; touch {folder}/entries/6;"
                    f": > {folder}/entries/7"], check=True)
    assert made.lookup(u32(5)) == u64(5)
    wait_until(lambda: code_of(made.lookup, u32(7)) == 0, what="an entry of zeros")
    assert made.lookup(u32(6)) == u64(0)


def test_a_failed_first_write_adds_nothing(numbers, view):
    made, folder = numbers
    done = subprocess.run(["sh", "-c", f"echo nonsense > {folder}/entries/3"], check=False,
                          capture_output=True)
    assert done.returncode != 0
    assert code_of(made.lookup, u32(3)) == errno.ENOENT
    assert "nonsense" in last_words(view)


def test_a_writer_that_dies_adds_nothing(numbers):
    made, folder = numbers
    child = subprocess.Popen(["sh", "-c", f"exec 3> {folder}/entries/3; echo; exec sleep 100"],
                             stdout=subprocess.PIPE)
    child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    time.sleep(0.1)
    assert code_of(made.lookup, u32(3)) == errno.ENOENT


def test_entries_cannot_be_renamed_linked_or_made_otherwise(numbers):
    made, folder = numbers
    made.update(u32(1), u64(1))
    path = f"{folder}/entries/1"
    assert code_of(os.rename, path, f"{folder}/entries/2") == errno.EPERM
    assert code_of(os.link, path, f"{folder}/entries/2") == errno.EPERM
    assert code_of(os.mkdir, f"{folder}/entries/2") == errno.EPERM
    assert code_of(os.unlink, f"{folder}/info") == errno.EPERM
    assert made.lookup(u32(1)) == u64(1)
    assert code_of(made.lookup, u32(2)) == errno.ENOENT


def test_a_name_that_is_no_key_is_no_file(numbers):
    _, folder = numbers
    for name in ("x", "hex:01", "hex:0100000000", "b64:AA", "4294967296", "hash:00"):
        assert code_of(os.stat, f"{folder}/entries/{name}") == errno.ENOENT, name
        assert code_of(put, f"{folder}/entries/{name}", "1") in (errno.EINVAL, errno.ENOENT), name


def test_many_entries_in_bounded_memory(mount):
    view = mount()
    with kernel.Map("hash", 4, 8, 300_000, name="many") as made:
        made.fill(b"".join(map(u32, range(300_000))), b"".join(map(u64, range(300_000))), 300_000)
        before = view.resident()
        with os.scandir(view.at("map", made.id, "entries")) as listing:
            names = [entry.name for entry in listing]
        assert len(names) == len(set(names)) == 300_000
        assert {bytes.fromhex(name[4:]) for name in names} == set(map(u32, range(300_000)))
        assert view.resident() - before < 8 << 20


KEYS = {
    "t_integers": ["5", "0x5", "hex:05000000", "05", "+5"],
    "t_bits": ["-1", "hex:ffffffff", "-0x1"],
    "t_nested": ["DOG", "7", "hex:07000000", '"DOG"'],
    "t_texts": ["port=80,proto=6,pad=0,name=eth0", "proto=6,port=80,name=eth0",
                '{"port":80,"proto":6,"name":"eth0"}', "hex:5000060065746830"],
    "t_string": ["x=-1,y=2", "y=2,x=-1", "hex:ffff0200"],
    "t_plain": ["-9223372036854775808", "hex:0000000000000080"],
}


@pytest.mark.parametrize("name", KEYS)
def test_any_spelling_finds_the_entry(view, typed, name):
    number = kernel.id_of(typed.maps[name])
    folder = view.at("map", number, "entries")
    canonical, *others = KEYS[name]
    info = view.json("map", number, "info.json")
    put(f"{folder}/{canonical}", "hex " + "01 " * info["bytes_value"])
    assert os.listdir(folder) == [canonical]
    for other in others:
        with open(f"{folder}/{other}") as file, open(f"{folder}/{canonical}") as same:
            assert file.read() == same.read()
    os.unlink(f"{folder}/{others[-1]}")
    assert os.listdir(folder) == []


def test_names_of_text_are_unique_and_harmless(view):
    """Keys that look like something else: every name is one entry's, and reads back as it."""
    with objects.Object("types") as _, kernel.Map("hash", 8, 4, 64, name="texts") as made:
        keys = [b"\0" * 8, b"hex:0102", b"..\0\0\0\0\0\0", b"a/b\0\0\0\0\0", b" lead\0\0\0",
                b"tail \0\0\0", b"\xff\xfe\0\0\0\0\0\0", b"a\0b\0\0\0\0\0", b"full8888"]
        for i, key in enumerate(keys):
            made.update(key, u32(i))
        folder = view.at("map", made.id, "entries")
        names = os.listdir(folder)
        assert len(set(names)) == len(keys)
        found = set()
        for name in names:
            with open(f"{folder}/{name}") as file:
                found.add(file.read())
        assert found == {f"hex {i:02x} 00 00 00\n" for i in range(len(keys))}


@pytest.mark.parametrize("size", [1, 125, 126, 188, 189, 512])
def test_keys_of_any_size(view, size):
    with kernel.Map("hash", size, 4, 64, name="wide") as made:
        keys = [bytes(random.Random(i).randrange(256) for _ in range(size)) for i in range(9)]
        for key in keys:
            made.update(key, key[:1] + b"\0\0\0")
        folder = view.at("map", made.id, "entries")
        names = os.listdir(folder)
        assert len(set(names)) == len(set(keys)) and all(len(name) <= 255 for name in names)
        for name in names:
            os.unlink(f"{folder}/{name}")
        assert os.listdir(folder) == []


# --- values ---


def field_of(view, typed, name, key):
    number = kernel.id_of(typed.maps[name])
    with open(view.at("map", number, "entries", key)) as file:
        return json.load(file)


def test_fields_by_name(view, typed):
    path = view.at("map", kernel.id_of(typed.maps["t_integers"]), "entries", "1")
    put(path, '{"s8":-128,"u64":18446744073709551615,"yes":true,"letter":"x"}')
    value = field_of(view, typed, "t_integers", "1")
    assert value["s8"] == -128 and value["u64"] == 2**64 - 1 and value["yes"] is True
    assert value["letter"] == ord("x") and value["u16"] == 0
    put(path, '{"u16":7}')
    put(path, ".s32=-0x10")
    put(path, ".u8 = 0o17")
    value = field_of(view, typed, "t_integers", "1")
    assert (value["u16"], value["s32"], value["u8"], value["s8"]) == (7, -16, 15, -128)


def test_nested_fields(view, typed):
    path = view.at("map", kernel.id_of(typed.maps["t_nested"]), "entries", "CAT")
    put(path, '{"from":{"x":1},"a":9,"to":{"y":-3},"path":[{"x":1},{"y":2}]}')
    put(path, ".path[1].x=-5")
    put(path, ".grid[1][2]=255")
    put(path, ".word=0x01020304")
    value = field_of(view, typed, "t_nested", "CAT")
    assert value["from"] == {"x": 1, "y": 0}
    assert value["path"] == [{"x": 1, "y": 0}, {"x": -5, "y": 2}]
    assert value["grid"] == [[0, 0, 0], [0, 0, 255]]
    assert json.dumps(value).count("16909060") == 1
    before = open(path).read()
    put(path, before)
    assert open(path).read() == before


WRONG = [
    ("t_integers", '{"u17":1}', "u17", "u16"),
    ("t_integers", '{"s8":128}', "128", "127"),
    ("t_integers", '{"u8":-1}', "-1", "255"),
    ("t_integers", '{"u8":256}', "256", "255"),
    ("t_integers", '{"yes":2}', "2", "true"),
    ("t_integers", '{"u8":1,"u8":2}', 'u8":2', "twice"),
    ("t_integers", '{"u8":1} x', "x", "behind"),
    ("t_integers", '{"u8":1', None, ""),
    ("t_integers", "[1]", "[1]", ""),
    ("t_integers", ".nothing=1", "nothing", "no field"),
    ("t_integers", ".u8=300", "300", "255"),
    ("t_nested", ".path[2].x=1", "2]", "2"),
    ("t_nested", '{"path":[{"x":1}]}', "[{", "2"),
    ("t_texts", '{"full":"toolong"}', '"toolong"', "room for 4"),
    ("t_others", '{"animal":"DOOG"}', '"DOOG"', "DOG"),
    ("t_bits", '{"three":8}', "8", ""),
]


@pytest.mark.parametrize("name,text,place,words", WRONG, ids=[text for _, text, *_ in WRONG])
def test_what_is_wrong_is_said_with_a_caret(view, typed, name, text, place, words):
    number = kernel.id_of(typed.maps[name])
    info = view.json("map", number, "info.json")
    key = "hex:" + "01" * info["bytes_key"]
    path = view.at("map", number, "entries", key)
    put(path, "hex " + "07 " * info["bytes_value"])
    before = view.read("map", number, "dump.bin")
    order(view.at("error_log"), "clear")
    assert code_of(put, path, text) == errno.EINVAL
    assert view.read("map", number, "dump.bin") == before
    log = view.text("error_log").splitlines()
    assert any(words in line for line in log[2:]), log
    if place:
        caret = next(i for i, line in enumerate(log) if line.strip() == "^")
        assert log[caret - 1][log[caret].index("^"):].startswith(place), log


def test_a_value_may_have_many_lines(view, typed):
    path = view.at("map", kernel.id_of(typed.maps["t_integers"]), "entries", "1")
    put(path, '{\n  "u8": 1,\n  "u16": 2\n}\n')
    assert field_of(view, typed, "t_integers", "1")["u16"] == 2


# --- per CPU ---


@pytest.mark.skipif(kernel.possible_cpus() < 2, reason="needs two CPUs")
@pytest.mark.guest
@pytest.mark.parametrize("kind", ["percpu_array", "percpu_hash", "lru_percpu_hash"])
def test_values_per_cpu(view, kind):
    cpus = kernel.possible_cpus()
    with kernel.Map(kind, 4, 8, 2, name="per_cpu") as made:
        path = view.at("map", made.id, "entries", "0")

        def values():
            data = made.lookup(u32(0), 8 * cpus)
            return list(struct.unpack(f"={cpus}Q", data))

        if kind != "percpu_array":
            put(path, "cpu 1 5")
            assert values() == [0, 5] + [0] * (cpus - 2)
        put(path, "7")
        assert values() == [7] * cpus
        put(path, "cpu 1 9")
        assert values()[:2] == [7, 9]
        put(path, '{"cpu0":1}')
        assert values()[:2] == [1, 9]
        put(path, json.dumps([{"cpu": i, "value": i + 40} for i in range(cpus)]))
        assert values() == [i + 40 for i in range(cpus)]
        shown = open(path).read()
        put(path, "0")
        put(path, shown)
        assert values() == [i + 40 for i in range(cpus)]
        assert code_of(put, path, f"cpu {cpus} 1") == errno.EINVAL
        for text in ('{"cpux":1}', '{"cpu0":1,"cpu1":2,"cpu0":3}',
                     '[{"cpu":0,"value":1},{"cpu":0,"value":2}]'):
            assert code_of(put, path, text) == errno.EINVAL
            assert values() == [i + 40 for i in range(cpus)]
        assert "given twice" in last_words(view)


# --- commands ---


def test_update_and_delete(numbers):
    made, folder = numbers
    order(f"{folder}/update", "key 1 value 1 noexist")
    assert code_of(order, f"{folder}/update", "key 1 value 2 noexist") == errno.EEXIST
    assert code_of(order, f"{folder}/update", "key 2 value 2 exist") == errno.ENOENT
    order(f"{folder}/update", "key hex 02 00 00 00 value hex 02 00 00 00 00 00 00 00 any\n"
          "key 3 0 0 0 value 3 0 0 0 0 0 0 0\n")
    assert made.lookup(u32(2)) == u64(2) and made.lookup(u32(3)) == u64(3)
    order(f"{folder}/delete", "key 2")
    assert code_of(order, f"{folder}/delete", "key 2") == errno.ENOENT
    for text in ("key 1 value 1 lock", "key 1 value 1 any exist", "key 1 value 1 lock any lock"):
        assert code_of(order, f"{folder}/update", text) == errno.EINVAL, text
    assert code_of(order, f"{folder}/delete", "all of them") == errno.EINVAL
    assert made.lookup(u32(1))
    order(f"{folder}/delete", "all")
    assert os.listdir(f"{folder}/entries") == []
    for text in ("", "key", "key 1", "key 1 value", "value 1", "key 1 value 1 exists", "kee 1 value 1"):
        assert code_of(order, f"{folder}/update", text or "\n") == errno.EINVAL, text


def test_a_map_that_is_full(numbers, view):
    made, folder = numbers
    for i in range(8):
        put(f"{folder}/entries/{i}", "1")
    assert code_of(put, f"{folder}/entries/8", "1") == errno.E2BIG
    assert "8 entries" in last_words(view)


def test_lookup_answers_on_the_same_descriptor(numbers):
    made, folder = numbers
    made.update(u32(1), u64(11))
    made.update(u32(2), u64(22))
    fd = os.open(f"{folder}/lookup", os.O_RDWR)
    for key, byte in ((1, "0b"), (2, "16"), (1, "0b")):
        os.write(fd, b"key %d\n" % key)
        assert os.read(fd, 4096).decode() == f"hex {byte} 00 00 00 00 00 00 00\n"
        assert os.read(fd, 4096) == b""
    os.write(fd, b"key 2")
    os.lseek(fd, 0, os.SEEK_SET)
    assert os.read(fd, 4096).startswith(b"hex 16")
    assert code_of(os.write, fd, b"key 3") == errno.ENOENT
    os.close(fd)
    text = open(f"{folder}/lookup").read()
    assert "usage: key KEY" in text and "ENOENT" in text and "key 3" in text


def test_queues_stacks_and_bloom_filters(view):
    for kind, expected in (("queue", ["01", "02"]), ("stack", ["02", "01"])):
        with kernel.Map(kind, 0, 4, 2, name=kind) as made:
            folder = view.at("map", made.id)
            assert open(f"{folder}/peek").read() == ""
            order(f"{folder}/push", "1")
            order(f"{folder}/push", "hex 02 00 00 00")
            assert code_of(order, f"{folder}/push", "3") == errno.E2BIG
            assert open(f"{folder}/peek").read() == f"hex {expected[0]} 00 00 00\n"
            fd = os.open(f"{folder}/pop_pipe", os.O_RDONLY | os.O_NONBLOCK)
            for byte in expected:
                assert os.read(fd, 4096).decode() == f"hex {byte} 00 00 00\n"
            assert code_of(os.read, fd, 1) == errno.EAGAIN
            os.close(fd)
            assert not os.path.exists(f"{folder}/contains") and not os.path.exists(f"{folder}/update")
    with kernel.Map("bloom_filter", 0, 4, 64, name="bloom") as made:
        folder = view.at("map", made.id)
        order(f"{folder}/push", "77")
        fd = os.open(f"{folder}/contains", os.O_RDWR)
        for value, answer in ((b"77", b"true\n"), (b"hex 01 02 03 04", b"false\n")):
            os.write(fd, value)
            assert os.read(fd, 100) == answer
        os.close(fd)


def test_a_blocked_pop_gets_what_is_pushed(view):
    with kernel.Map("queue", 0, 4, 2, name="late") as made:
        child = subprocess.Popen(["head", "-n1", view.at("map", made.id, "pop_pipe")],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(0.1)
        order(view.at("map", made.id, "push"), "5")
        assert child.communicate(timeout=kernel.PATIENCE)[0] == b"hex 05 00 00 00\n"
        assert open(view.at("map", made.id, "peek")).read() == ""


def test_freeze(numbers, view):
    made, folder = numbers
    assert open(f"{folder}/freeze").read() == "0\n"
    assert code_of(order, f"{folder}/freeze", "0") == errno.EINVAL
    order(f"{folder}/freeze", "1")
    assert open(f"{folder}/freeze").read() == "1\n"
    assert bpftool("map", "show", "id", made.id)["frozen"] == 1
    assert code_of(put, f"{folder}/entries/1", "1") == errno.EPERM
    assert "frozen" in last_words(view)
    assert code_of(order, f"{folder}/freeze", "1") == errno.EBUSY
    assert "frozen already" in last_words(view)


def test_pin(mount, bpffs):
    view = mount(f"bpffs={bpffs}")
    with kernel.Map("hash", 4, 8, 8, name="pinned") as made:
        path = view.at("map", made.id, "pin")
        order(path, "one")
        order(path, f"{bpffs}/two")
        try:
            assert sorted(view.text("map", made.id, "pins").split()) == [f"{bpffs}/one", f"{bpffs}/two"]
            assert code_of(order, path, "one") == errno.EEXIST
            assert code_of(order, path, "no/folder") == errno.ENOENT
            assert code_of(order, path, "/tmp/outside") == errno.EPERM
            assert code_of(order, path, "../escape") == errno.EINVAL
        finally:
            os.unlink(f"{bpffs}/one")
            os.unlink(f"{bpffs}/two")


# --- maps of objects ---


def test_programs_and_maps_by_id_name_and_path(view, bpffs):
    inner = kernel.Map("array", 4, 8, 1, name="w_inner")
    with inner, kernel.Prog(name="w_prog") as prog, \
            kernel.Map("prog_array", 4, 4, 4, name="jumps") as jumps, \
            kernel.Map("array_of_maps", 4, 4, 4, name="outer", inner=inner) as outer:
        kernel.pin(prog.fd, f"{bpffs}/w_prog")
        try:
            for target, folder, words in (
                    (prog.id, view.at("map", jumps.id), (
                        f"{prog.id}", f"id {prog.id}", f"prog id {prog.id}", "w_prog",
                        "prog name w_prog", f"{bpffs}/w_prog", f"prog pinned {bpffs}/w_prog")),
                    (inner.id, view.at("map", outer.id), (f"{inner.id}", "map name w_inner"))):
                for spelling in words:
                    order(f"{folder}/update", f"key 1 value {spelling}")
                    assert os.path.basename(os.readlink(f"{folder}/inner/1")) == str(target)
                    put(f"{folder}/entries/2", spelling)
                    os.unlink(f"{folder}/entries/2")
                    os.unlink(f"{folder}/entries/1")
                    assert os.listdir(f"{folder}/inner") == []
                assert code_of(order, f"{folder}/update", "key 1 value nosuchname") == errno.ENOENT
                assert code_of(order, f"{folder}/update", "key 1 value id x") == errno.EINVAL
        finally:
            os.unlink(f"{bpffs}/w_prog")


def test_sockets_of_other_processes(view):
    left, right = socket.socket(), socket.socket()
    with left, right, kernel.Map("sockmap", 4, 8, 2, name="socks") as made:
        left.bind(("127.0.0.1", 0))
        left.listen()
        right.connect(left.getsockname())
        folder = view.at("map", made.id)
        order(f"{folder}/update", f"key 0 value pid {os.getpid()} fd {right.fileno()}")
        assert "0" in os.listdir(f"{folder}/entries")
        assert code_of(order, f"{folder}/update", f"key 0 value pid {os.getpid()} fd 9999") == errno.EBADF
        os.unlink(f"{folder}/entries/0")
        assert os.listdir(f"{folder}/entries") == []


def test_devices_by_name(view):
    with kernel.Map("devmap", 4, 8, 4, name="devs") as made:
        folder = view.at("map", made.id)
        order(f"{folder}/update", "key 1 value lo")
        with open(f"{folder}/entries/1") as file:
            assert json.load(file) == {"ifindex": socket.if_nametoindex("lo"), "prog_id": 0}
        put(f"{folder}/entries/2", open(f"{folder}/entries/1").read())
        assert sorted(os.listdir(f"{folder}/entries")) == ["1", "2"]


# --- writers ---


def test_two_writers_lose_nothing(view, typed):
    """Each changes a field of the same value: neither undoes the other's."""
    path = view.at("map", kernel.id_of(typed.maps["t_integers"]), "entries", "1")
    put(path, "{}")
    failed = []

    def write(field):
        try:
            for number in range(300):
                put(path, f".{field}={number}")
        except OSError as err:
            failed.append(err)

    threads = [threading.Thread(target=write, args=[field]) for field in ("u32", "u64", "s32")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    value = field_of(view, typed, "t_integers", "1")
    assert not failed and (value["u32"], value["u64"], value["s32"]) == (299, 299, 299)


@pytest.mark.parametrize("size", [1, 4096, 128 << 10, 1 << 20, 5 << 20])
def test_writes_of_every_size(numbers, view, size):
    made, folder = numbers
    made.update(u32(1), u64(1))
    for text in (b"x" * size, b"9" * size, b" " * (size - 1) + b"x", b"\0" * size, b"\xff" * size):
        if text == b"9":
            continue
        fd = os.open(f"{folder}/entries/1", os.O_WRONLY)
        failed = code_of(os.write, fd, text) or code_of(os.close, fd)
        assert failed == errno.EINVAL, text[:10]
        assert made.lookup(u32(1)) == u64(1)
    # what is long, but right
    fd = os.open(f"{folder}/entries/1", os.O_WRONLY)
    text = b"2".rjust(size - 1) + b"\n" if size > 1 else b"2"
    while text:
        text = text[os.write(fd, text):]
    os.close(fd)
    assert made.lookup(u32(1)) == u64(2)


def test_a_command_in_pieces_is_done_once_it_is_whole(numbers):
    made, folder = numbers
    text = b"key 1 value " + b"5".rjust(8192) + b"\nkey 2 value 6\n"
    fd = os.open(f"{folder}/update", os.O_WRONLY)
    os.write(fd, text[:4096])
    assert code_of(made.lookup, u32(1)) == errno.ENOENT
    os.write(fd, text[4096:8192])
    os.write(fd, text[8192:])
    os.close(fd)
    assert made.lookup(u32(1)) == u64(5) and made.lookup(u32(2)) == u64(6)
    # the first half of one is nothing
    fd = os.open(f"{folder}/update", os.O_WRONLY)
    os.write(fd, b"key 3 value " + b"5".rjust(4096 - 12))
    assert code_of(os.close, fd) == errno.EINVAL
    assert code_of(made.lookup, u32(3)) == errno.ENOENT


def test_a_map_freed_between_open_and_write(view):
    made = kernel.Map("hash", 4, 8, 8, name="gone")
    number, folder = made.id, view.at("map", made.id)
    made.update(u32(1), u64(1))
    files = [os.open(f"{folder}/{name}", os.O_WRONLY) for name in ("update", "entries/1", "restore")]
    made.close()
    wait_until(lambda: not kernel.exists("map", number), what="the map's end")
    for fd, text in zip(files, (b"key 1 value 1", b"5", b"[]")):
        assert code_of(os.write, fd, text) == errno.ENOENT
        assert code_of(os.close, fd) in (0, errno.ENOENT)


# --- map/create ---


def test_create(mount, bpffs):
    view = mount(f"bpffs={bpffs}")
    create = view.at("map/create")
    mine = f"m{os.getpid()}"
    said = writing.answer(
        create, f"{mine} type hash key 4 value 8 entries 10 flags no_prealloc,0x0 pin made\n")
    answer = dict(line.split(" ", 1) for line in said.splitlines())
    try:
        shown = bpftool("map", "show", "id", answer["id"])
        assert (shown["type"], shown["name"], shown["bytes_key"], shown["bytes_value"],
                shown["max_entries"], shown["flags"]) == ("hash", mine, 4, 8, 10, 1)
        assert answer["pinned"] == f"{bpffs}/made"
        order(create, f"other type array_of_maps key 4 value 4 entries 2 inner_map name {mine}")
        assert os.path.exists(f"{bpffs}/bpfview/other")
        order(create, f"like type hash entries 3 key 4 value 8 pin {bpffs}/like")
        for text, code in (
                ("MINE type hash key 4 value 8 entries 10 pin made", errno.EEXIST),
                ("MINE type hsh key 4 value 8 entries 10", errno.EINVAL),
                ("MINE type hash key 4 value 8 entries 10 flags no_preallok", errno.EINVAL),
                ("MINE key 4 value 8 entries 10", errno.EINVAL),
                ("MINE type hash key", errno.EINVAL),
                ("name_that_is_too_long type hash key 4 value 8 entries 1", errno.EINVAL),
                ("MINE/y type hash key 4 value 8 entries 1", errno.EINVAL),
                ("MINE type array_of_maps key 4 value 4 entries 2 inner_map 4294967295", errno.ENOENT),
                ("MINE type hash key 4 value 8 entries 1 dev nosuchdev", errno.ENODEV),
                ("MINE type hash key 4 value 8 entries 1 key 4", errno.EINVAL),
                ("MINE type hash key 4 value 8 entries 1 inner_map name MINE inner_map name MINE",
                 errno.EINVAL),
                ("MINE type struct_ops key 4 value 8 entries 1", errno.EOPNOTSUPP),
                ("MINE type hash key 4 value 8 entries 0", errno.EINVAL)):
            assert code_of(order, create, text.replace("MINE", mine)) == code, text
            assert [shown.get("name") for shown in bpftool("map", "show")].count(mine) == 1, text
    finally:
        for name in ("made", "like", "bpfview/other"):
            if os.path.exists(f"{bpffs}/{name}"):
                os.unlink(f"{bpffs}/{name}")
        if os.path.isdir(f"{bpffs}/bpfview"):
            os.rmdir(f"{bpffs}/bpfview")


@pytest.mark.parametrize("text, rule", [
    ("array key 8 value 8 entries 1", "key 4"),
    ("ringbuf entries 4097", "a power of 2"),
    ("lpm_trie key 4 value 8 entries 1", "no_prealloc"),
    ("hash_of_maps key 4 value 4 entries 1", "an inner_map"),
    ("task_storage key 4 value 8 flags no_prealloc", "key_type of int"),
    ("queue key 4 value 8 entries 1", "no key"),
])
def test_what_a_type_wants_is_said(view, text, rule):
    create = view.at("map/create")
    assert code_of(order, create, f"x type {text}") == errno.EINVAL
    said = last_words(view)
    assert "it wants " in said and rule in said


@pytest.mark.parametrize("kind", ["sk_storage", "task_storage", "inode_storage", "cgrp_storage"])
def test_create_storage(mount, bpffs, loaded, kind):
    """They want BTF, which may be that of another map's object."""
    view = mount(f"bpffs={bpffs}")
    shown = bpftool("map", "show", "id", str(kernel.id_of(loaded("kinds").maps["k_task_storage"])))
    create, path = view.at("map/create"), f"{bpffs}/storage"
    for words in (f"btf map id {shown['id']} key 4 value 16",
                  f"btf id {shown['btf_id']} key_type int value_type __u64"):
        order(create, f"storage type {kind} flags no_prealloc {words} pin {path}")
        os.unlink(path)


# Sizes of keys and values that a type wants, and words besides.
CREATED = {
    "hash": (4, 8, ""), "array": (4, 8, ""), "prog_array": (4, 4, ""), "perf_event_array": (4, 4, ""),
    "percpu_hash": (4, 8, ""), "percpu_array": (4, 8, ""), "stack_trace": (4, 80, ""),
    "cgroup_array": (4, 4, ""), "lru_hash": (4, 8, ""), "lru_percpu_hash": (4, 8, ""),
    "lpm_trie": (8, 8, "flags no_prealloc"), "array_of_maps": (4, 4, "inner_map name INNER"),
    "hash_of_maps": (4, 4, "inner_map name INNER"), "devmap": (4, 8, ""), "sockmap": (4, 8, ""),
    "cpumap": (4, 8, ""), "xskmap": (4, 4, ""), "sockhash": (4, 8, ""),
    "reuseport_sockarray": (4, 8, ""), "queue": (0, 8, ""), "stack": (0, 8, ""),
    "devmap_hash": (4, 8, ""), "ringbuf": (0, 0, "entries 4096"), "bloom_filter": (0, 8, "map_extra 3"),
    "user_ringbuf": (0, 0, "entries 4096"), "arena": (0, 0, "flags mmapable"),
}


@pytest.mark.parametrize("kind", CREATED)
def test_create_every_type(mount, bpffs, kind):
    """Those that need BTF of a special kind (storage, struct_ops) are made by programs' loaders."""
    view = mount(f"bpffs={bpffs}")
    key, value, words = CREATED[kind]
    mine, inner = (f"{letter}{os.getpid()}" for letter in "ci")  # others may run this test, too
    with kernel.Map("array", 4, 4, 1, name=inner):
        words = words.replace("INNER", inner)
        try:
            order(view.at("map/create"), f"{mine} type {kind} key {key} value {value} {words}"
                  f"{'' if 'entries' in words else ' entries 4'} pin created")
        except OSError as err:
            if err.errno in (errno.EINVAL, errno.EPERM, errno.EOPNOTSUPP) and \
                    "the kernel refuses" in last_words(view) and kind in ("arena", "user_ringbuf"):
                pytest.skip(f"this kernel refuses {kind}: {err.strerror}")
            raise
        try:
            number = view.json("map/by-name", mine, "info.json")["id"]
            shown = bpftool("map", "show", "id", number)
            assert (shown["type"], shown["bytes_key"], shown["bytes_value"]) == (kind, key, value)
        finally:
            os.unlink(f"{bpffs}/created")

def test_create_with_types(mount, bpffs, typed):
    view = mount(f"bpffs={bpffs}")
    like = kernel.id_of(typed.maps["t_integers"])
    order(view.at("map/create"), f"typed type array key 4 value 40 entries 2 btf map {like} pin typed")
    try:
        number = os.path.basename(os.path.realpath(view.at("map/by-name/typed")))
        put(view.at("map", number, "entries/1"), '{"u16":5}')
        assert view.json("map", number, "dump.json")[1]["value"]["u16"] == 5
    finally:
        os.unlink(f"{bpffs}/typed")


# --- batch ---


def test_batch(view):
    with kernel.Map("hash", 4, 8, 8, name="for_a_batch") as made:
        check_batch(view, made, made.id, view.at("map", made.id))


def check_batch(view, made, number, folder):
    text = (f"# a comment\n\nmap/{number}/entries/1 5\nmap/by-name/for_a_batch/update key 2 value 6\n"
            f"/map/{number}/restore [{{\"key\":[\"0x03\",\"0\",\"0\",\"0\"],\"value\":7}}]\n")
    order(view.at("batch"), text)
    assert [made.lookup(u32(key)) for key in (1, 2, 3)] == [u64(5), u64(6), u64(7)]
    assert code_of(order, view.at("batch"), f"map/{number}/entries/1 8\nmap/{number}/entries/1 x\n"
                   f"map/{number}/entries/1 9\n") == errno.EINVAL
    assert made.lookup(u32(1)) == u64(8)
    shown = view.text("batch")
    assert "line 1: done" in shown and "line 2: EINVAL" in shown and "line 3" not in shown
    for path in ("map/0/update", "nothing", "map", f"map/{number}/info"):
        assert code_of(order, view.at("batch"), f"{path} 1") in (errno.ENOENT, errno.EACCES), path
    # the files that it went through are still there
    assert open(f"{folder}/entries/1").read().startswith("hex 08")
    long = "".join(f"map/{number}/entries/{i % 8} {i}\n" for i in range(20_000))
    subprocess.run(["sh", "-c", f"cat > {view.at('batch')}"], input=long.encode(), check=True)
    assert made.lookup(u32(7)) == u64(19_999)
