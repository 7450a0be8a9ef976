# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing to files of the view, and how it fails."""
import errno
import os

import pytest


def put(path, text):
    """What `echo TEXT > path` does."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def order(path, text):
    """One write(2) of text to a command file."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text if isinstance(text, bytes) else text.encode())
    finally:
        os.close(fd)


def last_words(view):
    """The last entry of the error log."""
    return view.text("error_log").split("\n[")[-1]


def refused(view, code, words, change, *arguments):
    """That a change fails with that errno, and says why in the log."""
    with pytest.raises(OSError) as caught:
        change(*arguments)
    assert caught.value.errno == code, \
        f"{errno.errorcode[caught.value.errno]}: {last_words(view)}"
    assert words in last_words(view)
