/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BACKGROUND_H
#define BPFVIEW_BACKGROUND_H

#include <stdbool.h>

/*
 * One thread for what happens by itself: handing out what pipes' readers wait for, and dropping
 * what has not been used for a while.  `chore` is what else there is to do, a little at a time: it
 * says in how many milliseconds it wants to be called again, or -1: at the next sweep.
 */
int background_start(int (*chore)(void));

/* Asks the thread to end, and whether it has done so, which must be waited for.  A chore may need
 * that requests are answered to come to an end. */
void background_end(void);
bool background_has_ended(void);

/* Somebody waits for a pipe: look now. */
void background_wake(void);

#endif
