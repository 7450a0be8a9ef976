// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls its functions as it is told, for tests that probe them: a letter for each call, answered by
 * the same letter once it is done. */
#include <stdio.h>

/* What the kernel raises while a probe with its place as ref_ctr_offset is there. */
volatile unsigned short probed_semaphore = 0;

static volatile int calls;

__attribute__((noinline)) void probed_one(void);
__attribute__((noinline)) void probed_two(void);

void probed_one(void)
{
	calls++;
}

void probed_two(void)
{
	calls--;
}

int main(void)
{
	int letter;

	while ((letter = getchar()) != EOF) {
		if (letter == '1')
			probed_one();
		else if (letter == '2')
			probed_two();
		else if (letter == 's')
			letter = probed_semaphore ? '+' : '-';
		putchar(letter);
		fflush(stdout);
	}
	return 0;
}
