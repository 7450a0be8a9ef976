# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules that hold everywhere: errnos, commands and their error log, snapshots, objects that go."""
import errno
import os
import re
import subprocess
import time

import pytest

import kernel
from kernel import wait_until
from oracle import bpftool
from writing import code_of, order


@pytest.fixture
def prog():
    with kernel.Prog(name="rules") as made:
        yield made


@pytest.mark.parametrize("path", [
    "nothing", "prog/4294967295", "prog/4294967296", "prog/99999999999999999999", "prog/0",
    "prog/-1", "prog/ 1", "prog/0x1", "prog/1x", "prog/x", "map/4294967295", "map/+1", "map/0",
    "prog/by-name/nothing", "btf/4294967295", "prog/" + "9" * 255])
def test_no_such_thing(view, path):
    assert code_of(os.stat, view.at(path)) == errno.ENOENT
    assert code_of(open, view.at(path)) == errno.ENOENT


def test_an_id_has_one_spelling(view, prog):
    for spelling in (f"0{prog.id}", f"+{prog.id}", f"{prog.id} ", f"{prog.id}.0"):
        assert code_of(os.stat, view.at("prog", spelling)) == errno.ENOENT


def test_names_that_are_too_long(view):
    assert code_of(os.stat, view.at("prog", "x" * 256)) == errno.ENAMETOOLONG


def test_a_file_is_no_folder(view, prog):
    assert code_of(os.stat, view.at("prog", prog.id, "info", "more")) == errno.ENOTDIR
    assert code_of(os.listdir, view.at("prog", prog.id, "info")) == errno.ENOTDIR
    assert code_of(open, view.at("prog", prog.id)) == errno.EISDIR


def test_what_is_only_read_takes_no_writes(view, prog):
    for path in ("prog/list", f"prog/{prog.id}/info", f"prog/{prog.id}/xlated", "README"):
        for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND):
            assert code_of(os.open, view.at(path), flags) in (errno.EACCES, errno.EPERM), path
        assert code_of(os.truncate, view.at(path), 0) in (errno.EACCES, errno.EPERM)


def test_the_tree_cannot_be_rearranged(view, prog):
    refused = (errno.EACCES, errno.EPERM)
    folder, file = view.at("prog", prog.id), view.at("prog", prog.id, "info")
    assert code_of(os.mkdir, view.at("prog", "new")) in refused
    assert code_of(os.rmdir, folder) in refused
    assert code_of(os.unlink, file) in refused
    assert code_of(os.rename, file, file + "2") in refused
    assert code_of(os.symlink, "info", file + "2") in refused
    assert code_of(os.link, file, file + "2") in refused
    assert code_of(os.mknod, file + "2") in refused
    assert code_of(os.open, view.at("new"), os.O_CREAT | os.O_WRONLY, 0o600) in refused
    assert code_of(os.chmod, file, 0o777) in refused
    assert code_of(os.chown, file, 1, 1) in refused
    assert os.path.exists(file)


def test_modes(view, prog):
    for path, mode in (("", 0o40500), ("prog", 0o40500), ("prog/list", 0o100400),
                       (f"prog/{prog.id}", 0o40500), (f"prog/{prog.id}/info", 0o100400),
                       ("error_log", 0o100600), ("stats_enabled", 0o100600)):
        assert oct(os.stat(view.at(path)).st_mode) == oct(mode), path
    assert os.stat(view.path).st_uid == 0


# --- commands and their error log ---


def test_a_failed_write_is_in_the_error_log(mount):
    view = mount()
    assert view.read("error_log") == b""
    assert code_of(order, view.at("stats_enabled"), "maybe\n") == errno.EINVAL
    log = view.text("error_log")
    assert "stats_enabled" in log and "EINVAL" in log
    assert re.search(rf"\b{os.getpid()}\b", log), "no pid"
    with open("/proc/self/comm") as comm:
        assert comm.read().strip() in log
    assert re.search(r"uid[=: ]*0\b", log)
    assert time.strftime("%Y") in log
    lines = log.splitlines()
    caret = next(i for i, line in enumerate(lines) if line.strip() == "^")
    assert lines[caret - 1][lines[caret].index("^"):].startswith("maybe")


def test_a_shell_sees_the_failure(mount):
    view = mount()
    done = subprocess.run(["sh", "-c", "echo 7 > stats_enabled"], cwd=view.path,
                          capture_output=True, check=False)
    assert done.returncode != 0
    assert "7" in view.text("error_log")


def test_error_log_keeps_order_and_is_cleared_by_any_write(mount):
    view = mount()
    for word in ("first", "second"):
        assert code_of(order, view.at("stats_enabled"), word) == errno.EINVAL
    log = view.text("error_log")
    assert 0 <= log.index("first") < log.index("second")
    order(view.at("error_log"), "whatever")
    assert view.read("error_log") == b""


def test_error_log_is_bounded(mount):
    view = mount()
    fd = os.open(view.at("stats_enabled"), os.O_WRONLY)
    for number in range(3000):
        assert code_of(os.write, fd, b"bad%d" % number) == errno.EINVAL
    os.close(fd)
    log = view.text("error_log")
    assert "bad2999" in log and len(log) < 1 << 20


def test_the_log_shows_hostile_text_harmlessly(mount):
    view = mount()
    fd = os.open(view.at("stats_enabled"), os.O_WRONLY)
    for text in (b"\x1b[31mred", b"a\0b", b"\xff\xfe", b"x" * 100_000, b"%s%n", b" \t "):
        assert code_of(os.write, fd, text) == errno.EINVAL, text
    os.close(fd)
    log = view.read("error_log")
    assert b"\x1b" not in log and b"\0" not in log and b"%s%n" in log


def test_several_lines_stop_at_the_first_that_fails(mount):
    view = mount()
    try:
        assert code_of(order, view.at("stats_enabled"), "1\nbad\n0\n") == errno.EINVAL
        assert view.text("stats_enabled").split()[0] == "1"
        assert view.text("error_log").count("EINVAL") == 1
    finally:
        order(view.at("stats_enabled"), "0")


def test_a_newline_is_optional(mount):
    view = mount()
    for text in ("1", "1\n", "0", "0\n"):
        order(view.at("stats_enabled"), text)
        assert view.text("stats_enabled").split()[0] == text[0]
    assert view.read("error_log") == b""


def stats_are_on():
    with open("/proc/sys/kernel/bpf_stats_enabled") as file:
        return file.read().strip() == "1"


def runs(number):
    return bpftool("prog", "show", "id", number).get("run_cnt", 0)


def test_stats_enabled(mount, prog):
    """Counts runs while it is on; the kernel shows that by the counters alone."""
    if stats_are_on():
        pytest.skip("run statistics are on system-wide")
    view = mount()
    assert view.text("stats_enabled").split()[0] == "0"
    kernel.run(prog.fd)
    order(view.at("stats_enabled"), "1\n")
    before = runs(prog.id)
    for _ in range(5):
        kernel.run(prog.fd)
    after = runs(prog.id)
    assert after == before + 5
    assert view.json("prog", prog.id, "stats.json")["run_cnt"] == after
    assert view.json("prog", prog.id, "info.json")["run_cnt"] == after
    order(view.at("stats_enabled"), "1")
    order(view.at("stats_enabled"), "0")
    kernel.run(prog.fd)
    if runs(prog.id) != after:
        pytest.skip("somebody else holds BPF_ENABLE_STATS")
    assert view.text("stats_enabled").split()[0] == "0"


def test_stats_from_the_start_and_let_go_at_the_end(mount, prog):
    view = mount("stats")
    assert view.text("stats_enabled").split()[0] == "1"
    kernel.run(prog.fd)
    counted = runs(prog.id)
    assert counted >= 1
    view.stop()
    kernel.run(prog.fd)
    if not stats_are_on() and runs(prog.id) != counted:
        pytest.skip("somebody else holds BPF_ENABLE_STATS")


def test_read_only(mount, prog):
    view = mount("ro")
    assert os.statvfs(view.path).f_flag & os.ST_RDONLY
    assert code_of(order, view.at("stats_enabled"), "1") == errno.EROFS
    assert code_of(order, view.at("error_log"), "1") == errno.EROFS
    assert code_of(os.mkdir, view.at("new")) == errno.EROFS
    assert view.json("prog", prog.id, "info.json")["id"] == prog.id


# --- snapshots, and objects that go away ---


@pytest.mark.parametrize("kind,name", [("prog", "info"), ("prog", "xlated"), ("map", "info"),
                                       ("map", "dump")])
def test_objects_that_go_away(view, kind, name):
    if kind == "prog":
        made = kernel.Prog(name="leaving")
    else:
        made = kernel.Map("hash", 4, 4, 8, name="leaving")
        made.update(b"abcd", b"efgh")
    number = made.id
    expected = view.read(kind, number, name)
    file = open(view.at(kind, number, name), "rb", buffering=0)
    folder = os.open(view.at(kind, number), os.O_RDONLY)
    made.close()
    # nothing of the daemon keeps the object, although a file of it is open
    if name != "dump":
        wait_until(lambda: not kernel.exists(kind, number), what="the object's end")
        assert code_of(open, view.at(kind, number, name)) == errno.ENOENT
        assert code_of(os.stat, view.at(kind, number)) == errno.ENOENT
        assert code_of(os.stat, view.at(kind, number, name)) == errno.ENOENT
        assert str(number) not in view.list(kind)
        assert code_of(lambda: os.open("info", os.O_RDONLY, dir_fd=folder)) in (
            errno.ENOENT, errno.ESTALE)
    with file:
        if "info" not in name:
            assert file.read() == expected
        else:
            assert file.read().startswith(expected[:10])
        assert os.pread(file.fileno(), 5, 0) == expected[:5]
    os.close(folder)
    wait_until(lambda: not kernel.exists(kind, number), what="the object's end")


def test_reading_keeps_no_object_alive(view):
    with kernel.Prog(name="read_whole") as prog, kernel.Map("hash", 4, 4, 8) as a_map:
        numbers = {"prog": prog.id, "map": a_map.id}
        for kind, number in numbers.items():
            for name in view.list(kind, number):
                if os.path.isfile(view.at(kind, number, name)) and not name.endswith("_pipe"):
                    code_of(view.read, kind, number, name)
    for kind, number in numbers.items():
        wait_until(lambda: not kernel.exists(kind, number), what=f"the end of the {kind}")


def test_an_open_file_is_one_snapshot(view):
    with kernel.Map("array", 4, 4, 1) as made:
        with open(view.at("map", made.id, "info"), "rb", buffering=0) as file:
            before = file.read()
            made.freeze()
            file.seek(0)
            assert file.read() == before
        assert view.read("map", made.id, "info") != before


def test_new_objects_are_there_at_once(view):
    for _ in range(20):
        with kernel.Prog() as prog, kernel.Map("array", 4, 4, 1) as a_map:
            assert code_of(os.stat, view.at("prog", prog.id + 1)) in (0, errno.ENOENT)
            assert str(prog.id) in view.list("prog")
            assert view.json("map", a_map.id, "info.json")["id"] == a_map.id
            found = [item["id"] for item in view.json("prog", "list.json")]
            assert prog.id in found


def test_sizes_are_exact_once_open(view, loaded):
    held = loaded("net")
    number = kernel.id_of(held.progs["count_xdp"])
    for name in ("info", "info.json", "xlated", "xlated.json", "xlated.bin", "stats", "pids"):
        with open(view.at("prog", number, name), "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            assert len(file.read()) == size, name
            # the next read of the attributes is no staler
            assert os.fstat(file.fileno()).st_size == size
    for path in ("README", "prog/list", "version"):
        with open(view.at(path), "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read()
            assert len(data) == size or path == "prog/list", path


def test_sizes_follow_the_content(view):
    with kernel.Map("hash", 4, 4, 64) as made:
        for count in range(0, 60, 7):
            made.update(kernel.struct.pack("=I", count), b"abcd")
            with open(view.at("map", made.id, "dump"), "rb", buffering=0) as file:
                assert os.fstat(file.fileno()).st_size == len(file.read())
