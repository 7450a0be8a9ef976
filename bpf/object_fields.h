/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_OBJECT_FIELDS_H
#define BPFVIEW_OBJECT_FIELDS_H

/*
 * What can be seen and, before loading, set of an object, its maps and its programs: number, name,
 * what may be written (NULL: nothing), help.  The names are libbpf's.
 */
// clang-format off
#define OBJECT_FIELDS(X) \
	X(LOG_LEVEL, log_level, "0|1|2|4, or their sum", \
	  "what the verifier and libbpf are to log: 1 what it did, 2 more, 4 statistics") \
	X(KCONFIG, kconfig, "CONFIG_X=VALUE ...", \
	  "lines of a kernel configuration, for __kconfig variables; before `elf` is written")

#define OBJECT_MAP_FIELDS(X) \
	X(MAP_TYPE, type, "TYPE", "type of map") \
	X(MAP_KEY_SIZE, key_size, "BYTES", "bytes of a key") \
	X(MAP_VALUE_SIZE, value_size, "BYTES", "bytes of a value") \
	X(MAP_MAX_ENTRIES, max_entries, "N", "how many entries it can have") \
	X(MAP_FLAGS, map_flags, "WORD[,WORD]...|NUMBER", "flags") \
	X(MAP_NUMA_NODE, numa_node, "N", "node whose memory it is to use") \
	X(MAP_EXTRA, map_extra, "NUMBER", "what some types take besides") \
	X(MAP_IFINDEX, ifindex, "IF", "the device to offload it to") \
	X(MAP_PIN_PATH, pin_path, "PATH", "where libbpf finds it pinned, or else pins it") \
	X(MAP_REUSE, reuse, "MAP", "an existing map to use instead: id, name, path of a pin") \
	X(MAP_AUTOCREATE, autocreate, "0|1", "whether it is created at all") \
	X(MAP_AUTOATTACH, autoattach, "0|1", "struct_ops: whether `attach` registers it")

#define OBJECT_PROG_FIELDS(X) \
	X(PROG_SECTION, section, NULL, "the section of the file that it is in") \
	X(PROG_TYPE, type, "TYPE", "type of program") \
	X(PROG_ATTACH_TYPE, expected_attach_type, "TYPE", "type of attachment it is verified for") \
	X(PROG_ATTACH_TARGET, attach_target, "FUNCTION|[prog PROG] FUNCTION", \
	  "the function that fentry, fexit, fmod_ret, LSM and freplace programs are for") \
	X(PROG_FLAGS, flags, "WORD[,WORD]...|NUMBER", "flags for loading") \
	X(PROG_IFINDEX, ifindex, "IF", "the device to offload it to, or whose metadata it reads") \
	X(PROG_AUTOLOAD, autoload, "0|1", "whether it is loaded at all") \
	X(PROG_AUTOATTACH, autoattach, "0|1", "whether `attach` of the whole object attaches it") \
	X(PROG_INSNS, insns, NULL, "number of instructions, before loading")
// clang-format on

enum object_field {
#define X(NAME, name, usage, help) OBJECT_##NAME,
	OBJECT_FIELDS(X) OBJECT_MAP_FIELDS(X) OBJECT_PROG_FIELDS(X)
#undef X
};

#endif
