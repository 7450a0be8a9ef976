# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing to files of the view, and how it fails."""
import errno
import os

import pytest


def put(path, text):
    """What `echo TEXT > path` does."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def order(path, text, flags=0):
    """One write(2) of text to a command file."""
    fd = os.open(path, os.O_WRONLY | flags)
    try:
        os.write(fd, text if isinstance(text, bytes) else text.encode())
    finally:
        os.close(fd)


def answer(path, text):
    """What reading a command file gives that took the text."""
    fd = os.open(path, os.O_RDWR)
    try:
        os.write(fd, text.encode())
        return os.read(fd, 65536).decode()
    finally:
        os.close(fd)


def code_of(function, *words):
    """The errno that a call fails with; 0 when it does not."""
    try:
        function(*words)
    except OSError as err:
        return err.errno
    return 0


def last_words(view):
    """The last entry of the error log, which may have bytes of any kind in it."""
    return view.read("error_log").decode(errors="replace").split("\n[")[-1]


def refused(view, code, words, change, *arguments):
    """That a change fails with that errno, and says why in the log, whose entry is returned."""
    before = view.read("error_log")
    with pytest.raises(OSError) as caught:
        change(*arguments)
    said = last_words(view)
    assert caught.value.errno == code, f"{errno.errorcode[caught.value.errno]}: {said}"
    assert words in said and view.read("error_log") != before
    return said
