/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_BACKGROUND_H
#define BPFVIEW_BACKGROUND_H

/*
 * One thread for what happens by itself: handing out what pipes' readers wait for, and dropping
 * what has not been used for a while.
 */
int background_start(void);
void background_stop(void);

/* Somebody waits for a pipe: look now. */
void background_wake(void);

#endif
