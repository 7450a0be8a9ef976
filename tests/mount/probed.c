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

/* A place as <sys/sdt.h> marks it, probed:letter with the letter; its format is in
 * https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation. */
static void note(long letter)
{
	__asm__ volatile("1:	nop\n"
			 ".pushsection .note.stapsdt, \"\", \"note\"\n"
			 ".balign 4\n"
			 ".4byte 3f - 2f, 5f - 4f, 3\n"
			 "2:	.asciz \"stapsdt\"\n"
			 "3:	.balign 4\n"
			 "4:	.8byte 1b, _.stapsdt.base, 0\n"
			 ".asciz \"probed\"\n"
			 ".asciz \"letter\"\n"
			 ".asciz \"-8@%0\"\n"
			 "5:	.balign 4\n"
			 ".popsection\n"
			 ".pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n"
			 ".weak _.stapsdt.base\n"
			 "_.stapsdt.base: .space 1\n"
			 ".popsection\n"
			 :
			 : "r"(letter));
}

int main(void)
{
	int letter;

	while ((letter = getchar()) != EOF) {
		note(letter);
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
