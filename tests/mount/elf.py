# SPDX-License-Identifier: GPL-2.0-or-later
"""Copies of object files with a few bytes of them changed."""
import struct

import kernel
import objects


def content(name):
    with open(objects.path_of(name), "rb") as file:
        return file.read()


def section(data, name):
    """Offset and size of a section of an ELF64 file (elf(5))."""
    at, size, count, names = struct.unpack_from("=Q10xHHH", data, 0x28)

    def header(index):
        return struct.unpack_from("=II4QIIQQ", data, at + index * size)

    strings = header(names)[4]
    for index in range(count):
        label, _, _, _, offset, length = header(index)[:6]
        if data[strings + label:data.index(b"\0", strings + label)] == name.encode():
            return offset, length
    raise KeyError(name)


def renamed(name, *pairs):
    """With other texts, of the same lengths."""
    data = content(name)
    for old, new in pairs:
        assert len(old) == len(new) and old in data
        data = data.replace(old, new)
    return data


def spoiled(name, where):
    """With programs that the verifier rejects: they do not say what they return."""
    data = bytearray(content(name))
    offset, length = section(data, where)
    changed = 0
    for at in range(offset, offset + length - 8, 8):
        # r0 = N; exit
        if data[at:at + 2] == b"\xb7\0" and data[at + 8] == 0x95:
            data[at:at + 8] = kernel.insn(0x05)  # a jump to what comes next
            changed += 1
    assert changed
    return bytes(data)
