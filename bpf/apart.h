/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_APART_H
#define BPFVIEW_APART_H

/*
 * Runs fn(arg) in a thread that lives for it alone, so that what is changed of the thread itself
 * (its namespaces, its table of descriptors) ends with it.  It gets no signals: they are for those
 * who live longer.  Returns what fn returns, or -errno when there is no thread to be had.
 */
int apart_run(int (*fn)(void *arg), void *arg);

#endif
