# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs build/bpfview on a folder, and sees that it leaves nothing behind."""
import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile

import pytest

from kernel import BPF_FILES, PATIENCE, object_of, wait_until
from objects import BUILD

BINARY = os.path.join(BUILD, "bpfview")


def mounts_at(path):
    """The types of the mounts at `path`, oldest first."""
    found = []
    with open("/proc/self/mountinfo") as table:
        for line in table:
            fields = line.split(" ")
            if fields[4].replace("\\040", " ") == path:
                found.append(fields[fields.index("-") + 1])
    return found


def is_live(path):
    """Whether a daemon answers there: a killed one leaves a mount that does not."""
    try:
        return bool(mounts_at(path)) and "README" in os.listdir(path)
    except OSError:
        return False


def wait_mounted(path, process):
    """Until a daemon answers there, or the process has ended."""
    with open("/proc/self/mountinfo") as table:
        changes = select.poll()
        changes.register(table, select.POLLPRI)
        wait_until(lambda: is_live(path) or process.poll() is not None
                   or changes.poll(20) is None, f"mounting {path}")


class View:
    """A daemon in the foreground, mounted on a folder of its own or on `folder`."""

    def __init__(self, options=None, folder=None, flags=("-f",)):
        self.own = folder is None
        self.path = folder or os.path.realpath(tempfile.mkdtemp(prefix="bpfview-test-"))
        self.err = tempfile.TemporaryFile()
        command = [BINARY, *flags, *(["-o", options] if options else []), self.path]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=self.err,
                                        stdout=self.err)
        self.pid = self.process.pid
        wait_mounted(self.path, self.process)
        if self.process.poll() is not None:
            words = self.words()
            self.cleanup()
            raise AssertionError(f"bpfview ended with {self.process.returncode}: {words}")

    def words(self):
        """What the daemon has written to stdout and stderr."""
        self.err.seek(0)
        return self.err.read().decode(errors="replace")

    def at(self, *parts):
        return os.path.join(self.path, *map(str, parts))

    def read(self, *parts):
        with open(self.at(*parts), "rb") as file:
            return file.read()

    def text(self, *parts):
        return self.read(*parts).decode()

    def json(self, *parts):
        return json.loads(self.read(*parts))

    def list(self, *parts):
        return os.listdir(self.at(*parts))

    def links(self, *parts):
        """A folder of symlinks as a dict of name to target."""
        folder = self.at(*parts)
        return {name: os.readlink(os.path.join(folder, name)) for name in os.listdir(folder)}

    def links_only(self, *parts):
        """The same for a folder that has other files, too."""
        folder = self.at(*parts)
        return {entry.name: os.readlink(entry.path) for entry in os.scandir(folder)
                if entry.is_symlink()}

    def target(self, *parts):
        """Where a path ends inside the mount, relative to it."""
        return os.path.relpath(os.path.realpath(self.at(*parts), strict=True), self.path)

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def bpf_fds(self):
        """The daemon's descriptors of BPF objects: (kind, id)."""
        found = []
        folder = f"/proc/{self.pid}/fd"
        for fd in os.listdir(folder):
            try:
                if not os.readlink(f"{folder}/{fd}").startswith(BPF_FILES):
                    continue
                found.append(object_of(f"/proc/{self.pid}/fdinfo/{fd}"))
            except FileNotFoundError:
                continue
        return sorted(found)

    def fds(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def resident(self):
        """The daemon's memory in kB; skips the test where a sanitizer keeps what was freed."""
        with open(f"/proc/{self.pid}/maps") as mappings:
            if "libasan" in mappings.read():
                pytest.skip("built with a sanitizer: freed memory is kept")
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def stop(self, how=signal.SIGTERM):
        """Ends the daemon and asserts that it did so cleanly and silently."""
        try:
            status = self.process.poll()
            assert status is None, f"bpfview ended early with {status}: {self.words()}"
            if how == "umount":
                subprocess.run(["umount", self.path], check=True)
            else:
                self.process.send_signal(how)
            status = self.process.wait(PATIENCE)
            words = self.words()
            assert status == 0, f"status {status}: {words}"
            assert words == "", f"bpfview said: {words}"
            assert not mounts_at(self.path), "still mounted"
        finally:
            self.cleanup()

    def cleanup(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        clear(self.path, self.own)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self.cleanup()


def clear(path, remove=True):
    """Takes away whatever is still mounted at `path`, and the folder."""
    while mounts_at(path):
        if subprocess.run(["umount", "-l", path], check=False).returncode:
            break
    if remove and os.path.isdir(path):
        os.rmdir(path)


@contextlib.contextmanager
def own_bpffs():
    """A bpffs that nobody else knows of."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="bpfview-bpffs-"))
    subprocess.run(["mount", "-t", "bpf", "bpfview-test", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        os.rmdir(folder)
