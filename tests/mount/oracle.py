# SPDX-License-Identifier: GPL-2.0-or-later
"""What others say of the same objects: bpftool, and /proc."""
import glob
import json
import os
import subprocess

from kernel import BPF_FILES, object_of


def bpftool(*words):
    """`bpftool -j WORDS`, parsed."""
    done = subprocess.run(["bpftool", "-j", *map(str, words)], capture_output=True, check=False)
    assert done.returncode == 0, f"bpftool {words}: {done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def bpftool_text(*words):
    done = subprocess.run(["bpftool", *map(str, words)], capture_output=True, check=True)
    return done.stdout.decode()


def holders(kind, number):
    """The processes with a descriptor of an object, as the `pids` of bpftool."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            if not os.readlink(path).startswith(BPF_FILES):
                continue
            _, _, pid, _, fd = path.split("/")
            if object_of(f"/proc/{pid}/fdinfo/{fd}") == (kind, number):
                with open(f"/proc/{pid}/comm") as comm:
                    found[int(pid)] = comm.read().rstrip("\n")
        except OSError:
            continue
    return [{"pid": pid, "comm": comm} for pid, comm in sorted(found.items())]


def differences(expected, actual, where="", ignore=()):
    """What of `expected` is missing or other in `actual`; new keys in `actual` are fine."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        found = []
        for key, value in expected.items():
            if key in ignore:
                continue
            if key == "loaded_at" and abs(value - actual.get(key, 0)) <= 1:
                continue  # both reckon it from the time since boot
            if key not in actual:
                found.append(f"{where}.{key}: missing, should be {value!r}")
            else:
                found += differences(value, actual[key], f"{where}.{key}", ignore)
        return found
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return [f"{where}: {len(actual)} elements, should be {len(expected)}:"
                    f" {actual!r:.300} for {expected!r:.300}"]
        found = []
        for i, (one, other) in enumerate(zip(expected, actual)):
            found += differences(one, other, f"{where}[{i}]", ignore)
        return found
    if type(expected) is not type(actual) or expected != actual:
        return [f"{where}: {actual!r:.300}, should be {expected!r:.300}"]
    return []


def check(expected, actual, where="", ignore=()):
    wrong = differences(expected, actual, where, ignore)
    assert not wrong, "\n".join(wrong[:10])


def parse_text(text):
    """`key: value` lines as a dict; what is indented belongs to the key above it."""
    result, key = {}, None
    for line in text.splitlines():
        if line.startswith(" "):
            result[key] = result[key] + ("\n" if result[key] else "") + line.strip()
        else:
            assert ":" in line, f"no `key: value` line: {line!r}"
            key, _, value = line.partition(":")
            assert key not in result, f"{key} stands there twice"
            result[key] = value.strip()
    return result
