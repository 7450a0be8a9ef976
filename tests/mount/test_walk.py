# SPDX-License-Identifier: GPL-2.0-or-later
"""Every common program that reads whole trees, over the whole mount, while objects come and go."""
import json
import os
import re
import subprocess
import threading

import pytest

import kernel
import objects
from daemon import View
from kernel import wait_until

GONE = ("No such file or directory", "Stale file handle", "file removed before we read it",
        "File removed before we read it")


class Churn:
    """Threads that make and free programs and maps by the hundred."""

    def __init__(self):
        self.stop = threading.Event()
        self.rounds = 0
        self.failed = []
        self.threads = [threading.Thread(target=self._run, args=[kind]) for kind in ("prog", "map")]

    def _run(self, kind):
        try:
            while not self.stop.is_set():
                batch = []
                for number in range(100):
                    if kind == "prog":
                        batch.append(kernel.Prog(name=f"churn_{number}"))
                    else:
                        batch.append(kernel.Map("hash", 4, 8, 16, name=f"churn_{number}"))
                        batch[-1].update(b"abcd", b"12345678")
                    if self.stop.is_set():
                        break
                for made in batch:
                    made.close()
                self.rounds += 1
        except OSError as err:
            self.failed.append(err)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(60)
        assert not self.failed
        assert self.rounds > 1


@pytest.fixture(scope="module")
def busy():
    """A mount without pipes, and without what has files by the ten thousand: btf/ (test_btf_dump.py walks one
    of its folders) and entries of maps (test_map_write.py); and a few objects that stay."""
    held = [objects.Object(name) for name in ("net", "calls", "kinds", "globals", "names")]
    bare = [kernel.Prog(name="without_btf"), kernel.Prog(), kernel.Map("hash", 4, 8, 16)]
    mounted = View("nopipes,hide=btf:map/ID/entries")
    mounted.read("prog", kernel.id_of(held[0].progs["count_xdp"]), "pids")
    yield mounted, held, len(mounted.bpf_fds())
    mounted.stop()
    for item in held + bare:
        item.close()


def is_excused(line):
    """Objects that went away; and tar, which wants to know the size of a stream beforehand."""
    return any(words in line for words in GONE) or "exit status" in line \
        or "due to previous errors" in line \
        or "/dump" in line and "file changed as we read it" in line


def complaints(done):
    """What else stands in stderr."""
    return [line for line in done.stderr.decode(errors="replace").splitlines()
            if line.strip() and not is_excused(line)]


COMMANDS = {
    "grep": "grep -r count_xdp . | cat",
    "find": "find . -ls",
    "ls": "ls -lR",
    "tar": "tar -cf - . | wc -c",
    "cp": "cp -r . {}/copy",
    "du": "du -a",
    "gio tree": "gio tree -h .",
    "gio cat": "find . -type f -print0 | xargs -0 -n 200 gio cat",
    "cat": "find . -type f -exec cat {{}} +",
    "head": "find . -type f -exec head -c 1 {{}} +",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_over_the_whole_mount(busy, tmp_path, name):
    view, _, resident = busy
    with Churn():
        done = subprocess.run(["sh", "-c", COMMANDS[name].format(tmp_path)], cwd=view.path,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=6 * kernel.PATIENCE,
                              env={**os.environ, "LC_ALL": "C"}, check=False)
        wrong = complaints(done)
        assert not wrong, "\n".join(wrong[:20])
    assert len(done.stdout) > 0 or name == "cp"
    no_descriptors_left(view, resident)


def no_descriptors_left(view, resident):
    """Nothing is open but what the daemon holds for itself (its iterator and its BTF)."""
    wait_until(lambda: len(view.bpf_fds()) <= resident, what="closing of descriptors")


def timeless(data):
    """Without the time of loading: as it is reckoned, its last digit may change."""
    return re.sub(rb"(\"?loaded_at\"?): ?[^,\n]*", rb"\1", data)


def test_copies_are_what_is_read(busy, tmp_path):
    """tar, cp and gio take whole files, although no size was known before they were opened."""
    view, held, _ = busy
    number = kernel.id_of(held[0].progs["count_xdp"])
    source = view.at("prog", number)
    names = [name for name in os.listdir(source)
             if os.path.isfile(os.path.join(source, name)) and not os.path.islink(
                 os.path.join(source, name)) and "stats" not in name]
    expected = {name: view.read("prog", number, name) for name in names}
    for how in ("cp -r {0} {1}/cp", "mkdir {1}/tar && tar -C {0} -cf - . | tar -C {1}/tar -xf -"):
        # a daemon that has not seen these files yet
        with View("nopipes,hide=map/ID/entries") as fresh:
            command = how.format(fresh.at("prog", number), tmp_path)
            done = subprocess.run(["bash", "-c", "set -o pipefail; " + command],
                                  capture_output=True, check=False)
            assert done.returncode == 0, done.stderr.decode()
    for way in ("cp", "tar"):
        for name, data in expected.items():
            assert timeless((tmp_path / way / name).read_bytes()) == timeless(data), (way, name)


def test_python_over_the_whole_mount(busy):
    view, _, resident = busy
    files, unreadable = 0, []
    with Churn():
        for folder, _, names in os.walk(view.path):
            for name in names:
                path = os.path.join(folder, name)
                try:
                    with open(path, "rb") as file:
                        file.read()
                    files += 1
                except (FileNotFoundError, IsADirectoryError):
                    continue
                except OSError as err:
                    unreadable.append((os.path.relpath(path, view.path), os.strerror(err.errno)))
    assert not unreadable, unreadable[:20]
    assert files > 500
    no_descriptors_left(view, resident)


def is_json(data):
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


@pytest.mark.guest
def test_each_file(loaded):
    """Each file of a quiet tree is readable, JSON is JSON, and whatever has it has a text, too."""
    assert loaded.all()
    count, wrong = 0, []
    with View("nopipes,hide=btf:map/ID/entries:prog/ID/cfg.svg") as view:
        for folder, _, names in os.walk(view.path):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.islink(path):
                    continue
                try:
                    data = view.read(path)
                except FileNotFoundError:
                    assert not os.path.exists(path)
                    continue
                count += 1
                if name in ("ctx_in.json", "ctx_out.json") and not data:
                    continue  # there is no context, or has been no run
                if name.endswith(".json") and (name[:-5] not in names or not is_json(data)):
                    wrong.append((os.path.relpath(path, view.path), data[:50]))
        assert not wrong and count > 500
        assert view.read("error_log") == b""


def test_ours_are_all_there_during_churn(busy):
    view, held, _ = busy
    progs = {str(kernel.id_of(fd)) for item in held for fd in item.progs.values()}
    maps = {str(kernel.id_of(fd)) for item in held for fd in item.maps.values()}
    with Churn():
        for _ in range(20):
            assert progs <= set(view.list("prog")) and maps <= set(view.list("map"))
            listed = {str(item["id"]) for item in view.json("prog", "list.json")}
            assert progs <= listed
            rows = [row.split()[0] for row in view.text("map", "list").splitlines()[1:]]
            assert maps <= set(rows) and len(rows) == len(set(rows))


def test_descriptors_of_the_daemon_come_back(busy):
    view, held, _ = busy
    number = kernel.id_of(held[0].progs["count_xdp"])
    view.read("prog", number, "info")
    before = view.fds()
    files = [open(view.at("prog", number, name), "rb") for name in ("info", "xlated") * 50]
    for file in files:
        file.close()
    wait_until(lambda: view.fds() <= before, what="closing of descriptors")
