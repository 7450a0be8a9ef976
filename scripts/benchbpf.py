# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes BPF objects to measure with, through bpf(2)."""

import ctypes
import os
import platform
import struct

MAP_CREATE, PROG_LOAD, OBJ_GET, OBJ_GET_INFO, BTF_LOAD, MAP_UPDATE_BATCH = 0, 5, 7, 15, 18, 26
HASH, ARRAY, SOCKET_FILTER, XDP = 1, 2, 1, 6
ENTRIES = 1_000_000  # of the map that create_flows() makes
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
BPF_SYSCALL = {"x86_64": 321, "aarch64": 280}.get(platform.machine(), 280)


def bpf(command, attr):
    buffer = ctypes.create_string_buffer(attr, max(len(attr), 128))
    result = libc.syscall(BPF_SYSCALL, command, buffer, len(buffer))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"bpf command {command}: {os.strerror(error)}")
    return result


def address(buffer):
    return ctypes.addressof(buffer)


def object_id(fd):
    info = ctypes.create_string_buffer(256)
    bpf(OBJ_GET_INFO, struct.pack("=IIQ", fd, len(info), address(info)))
    return struct.unpack_from("=II", info)[1]  # programs and maps alike: type, id


def load_btf():
    """u32, u64, and struct flow { u64 packets; u64 bytes; }: types 1, 2 and 3."""
    names = b"\0u32\0u64\0flow\0packets\0bytes\0"

    def name(word):
        return names.index(b"\0" + word + b"\0") + 1

    integer, structure = 1 << 24, 4 << 24
    types = struct.pack("=IIII", name(b"u32"), integer, 4, 32)
    types += struct.pack("=IIII", name(b"u64"), integer, 8, 64)
    types += struct.pack("=III", name(b"flow"), structure | 2, 16)
    types += struct.pack("=III", name(b"packets"), 2, 0)
    types += struct.pack("=III", name(b"bytes"), 2, 64)
    blob = struct.pack("=HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(types), len(types), len(names))
    data = ctypes.create_string_buffer(blob + types + names)
    return bpf(BTF_LOAD, struct.pack("=QQIII", address(data), 0, len(data) - 1, 0, 0))


def create_map(kind, key, value, entries, name, btf=(0, 0, 0)):
    return bpf(MAP_CREATE, struct.pack("=IIIIIII16sIIII", kind, key, value, entries, 0, 0, 0,
                                       name.encode(), 0, *btf))


def create_flows():
    """A hash of ENTRIES typed entries."""
    btf = load_btf()
    fd = create_map(HASH, 4, 16, ENTRIES, "bench_flows", (btf, 1, 3))
    os.close(btf)
    batch = 100_000
    for first in range(0, ENTRIES, batch):
        keys = range(first, first + batch)
        key_bytes = ctypes.create_string_buffer(struct.pack(f"={batch}I", *keys))
        values = [n for key in keys for n in (key * 7, key * 9000)]
        value_bytes = ctypes.create_string_buffer(struct.pack(f"={2 * batch}Q", *values))
        bpf(MAP_UPDATE_BATCH, struct.pack("=QQQQIIQQ", 0, 0, address(key_bytes),
                                          address(value_bytes), batch, fd, 0, 0))
    return fd


def load_program(name, kind=SOCKET_FILTER, length=2):
    clear, leave = struct.pack("=BBhi", 0xB7, 0, 0, 0), struct.pack("=BBhi", 0x95, 0, 0, 0)
    instructions = clear * (length - 1) + leave  # r0 = 0; ...; exit
    code = ctypes.create_string_buffer(instructions)
    license_name = ctypes.create_string_buffer(b"GPL")
    return bpf(PROG_LOAD, struct.pack("=IIQQIIQII16s", kind, len(instructions) // 8,
                                      address(code), address(license_name), 0, 0, 0, 0, 0,
                                      name.encode()))
