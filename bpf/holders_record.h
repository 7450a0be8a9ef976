/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_HOLDERS_RECORD_H
#define BPFVIEW_HOLDERS_RECORD_H

/* What iterators.bpf.c writes for each descriptor of an object. */
struct holders_record {
	unsigned int kind; /* enum kind */
	unsigned int id;
	int pid;
	char comm[16];
};

#endif
