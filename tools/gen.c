// SPDX-License-Identifier: GPL-2.0-or-later
/* bpfview-gen: what is made of BPF object files and BTF at build time. */
#include "output.h"

#include "../bpf/btffile.h"
#include "../bpf/linking.h"
#include "../bpf/mincore.h"
#include "../bpf/objfile.h"
#include "../bpf/skeleton.h"

#include <bpf/libbpf.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A command line taken apart. */
struct call {
	const char *const *words; /* behind the command */
	size_t n;
	/* options; NULL: not given */
	const char *name, *output, *base, *light;
};

struct command {
	const char *name;
	const char *alias; /* bpftool's word for it, if it is another */
	const char *synopsis;
	const char *help;
	int (*run)(const struct call *c, struct problem *why);
	size_t least, most;  /* words */
	const char *options; /* letters of those that it takes */
};

static int run_object(const struct call *c, struct problem *why)
{
	struct buf out __buf_free = {};
	int err = linking_join(c->words + 1, c->n - 1, &out, why);

	return err ? err : output_write(c->words[0], &out, why);
}

static int write_skeleton(const struct call *c, enum skeleton_kind kind, struct problem *why)
{
	struct buf elf __buf_free = {}, name __buf_free = {}, out __buf_free = {};
	const char *path = c->words[0];
	struct problem wrong = {};
	int err = objfile_read(path, &elf, why);

	if (c->name)
		buf_str(&name, c->name);
	else
		objfile_name(path, &name);
	if (err)
		return err;
	err = skeleton_write(kind, elf.data, elf.len, buf_cstr(&name), &out, &wrong);
	if (err)
		problem(why, err, NULL, "%s: %s", path, buf_cstr(&wrong.words));
	else
		err = output_write(c->output, &out, why);
	problem_free(&wrong);
	return err;
}

static int run_skeleton(const struct call *c, struct problem *why)
{
	return write_skeleton(c, c->light ? SKELETON_LIGHT : SKELETON, why);
}

static int run_subskeleton(const struct call *c, struct problem *why)
{
	return write_skeleton(c, SKELETON_SUB, why);
}

static int run_mincore(const struct call *c, struct problem *why)
{
	struct buf out __buf_free = {};
	struct btf_file kernel;
	int err = btf_file_open(c->words[0], c->base, &kernel, why);

	if (err)
		return err;
	err = mincore_write(kernel.btf, c->words + 2, c->n - 2, &out, why);
	btf_file_close(&kernel);
	return err ? err : output_write(c->words[1], &out, why);
}

static int run_header(const struct call *c, struct problem *why)
{
	struct buf out __buf_free = {};
	struct btf_file file;
	int err = btf_file_open(c->words[0], c->base, &file, why);

	if (err)
		return err;
	err = btf_file_header(&file, &out);
	btf_file_close(&file);
	if (err)
		return problem_errno(why, err, c->words[0]);
	return output_write(c->output, &out, why);
}

static const struct command commands[] = {
    {"object", NULL, "OUT.o IN.o...", "link BPF objects into one", run_object, 2, SIZE_MAX, ""},
    {"skeleton", NULL, "[-L] [--name NAME] OBJ.o", "a C header with the object in it", run_skeleton,
     1, 1, "Lno"},
    {"subskeleton", NULL, "[--name NAME] OBJ.o", "a C header for a library in an object",
     run_subskeleton, 1, 1, "no"},
    {"min-core-btf", "min_core_btf", "IN.btf OUT.btf OBJ.o...",
     "of a kernel's BTF what the objects need", run_mincore, 3, SIZE_MAX, "B"},
    {"header", NULL, "[-B BASE] BTF_OR_ELF", "types as a C header, like vmlinux.h", run_header, 1,
     1, "Bo"},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int print_help(void)
{
	puts("usage:");
	for (int i = 0; i < COMMANDS; i++)
		printf("  bpfview-gen %-12s %-25s  %s\n", commands[i].name, commands[i].synopsis,
		       commands[i].help);
	puts("\n"
	     "  -L, --use-loader     a light skeleton, which loads without libbpf\n"
	     "      --name NAME      what it is called, instead of as its file\n"
	     "  -B, --base-btf BASE  the BTF that the other is split off\n"
	     "  -o, --output FILE    where the header goes instead of to standard output\n"
	     "  -h, --help           this text\n"
	     "  -V, --version        the version\n"
	     "\n"
	     "The words of `bpftool gen` and `bpftool btf dump file FILE format c` do as well.");
	return fflush(stdout) ? 1 : 0;
}

static int print_version(void)
{
	const char *libbpf = libbpf_version_string();

	printf("bpfview-gen: %s\nlibbpf: %s\n", BPFVIEW_VERSION, libbpf + strspn(libbpf, "v"));
	return fflush(stdout) ? 1 : 0;
}

static int complain(const char *what, const char *word)
{
	fprintf(stderr, "bpfview-gen: %s: %s\n", what, word);
	return 2;
}

static const struct command *find(const char *word)
{
	for (int i = 0; i < COMMANDS; i++)
		if (!strcmp(word, commands[i].name) ||
		    (commands[i].alias && !strcmp(word, commands[i].alias)))
			return &commands[i];
	return NULL;
}

/* Whether there is an option that the command does not know. */
static bool has_stray_option(const struct command *command, const struct call *call)
{
	const char *const given[] = {call->name, call->output, call->base, call->light};
	static const char letters[] = "noBL";

	for (int i = 0; letters[i]; i++)
		if (given[i] && !strchr(command->options, letters[i]))
			return true;
	return false;
}

static int run(const struct command *command, const struct call *call)
{
	struct problem why = {};
	int err;

	if (call->n < command->least || call->n > command->most ||
	    has_stray_option(command, call)) {
		fprintf(stderr, "usage: bpfview-gen %s %s\n", command->name, command->synopsis);
		return 2;
	}
	err = command->run(call, &why);
	if (err)
		fprintf(stderr, "bpfview-gen: %s\n", buf_cstr(&why.words));
	problem_free(&why);
	return err ? 1 : 0;
}

/* Puts what bpftool words in another way into our words; the new number of them. */
static int translate(char **words, int n, struct call *call)
{
	static char header[] = "header";

	if (n == 6 && !strcmp(words[0], "btf") && !strcmp(words[1], "dump") &&
	    !strcmp(words[2], "file") && !strcmp(words[4], "format") && !strcmp(words[5], "c")) {
		words[0] = header;
		words[1] = words[3];
		return 2;
	}
	if (n == 4 && strstr(words[0], "skeleton") && !strcmp(words[2], "name")) {
		call->name = words[3];
		return 2;
	}
	return n;
}

static int run_words(char **words, int n, struct call *call)
{
	const struct command *command;

	if (n && !strcmp(words[0], "gen")) {
		words++;
		n--;
	}
	if (!n)
		return complain("what is to be made?", "bpfview-gen --help tells more");
	if (!strcmp(words[0], "help"))
		return print_help();
	n = translate(words, n, call);
	command = find(words[0]);
	if (!command)
		return complain("no such command", words[0]);
	call->words = (const char *const *)words + 1;
	call->n = (size_t)n - 1;
	return run(command, call);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"help", no_argument, NULL, 'h'},
					      {"version", no_argument, NULL, 'V'},
					      {"use-loader", no_argument, NULL, 'L'},
					      {"name", required_argument, NULL, 'n'},
					      {"base-btf", required_argument, NULL, 'B'},
					      {"output", required_argument, NULL, 'o'},
					      {}};
	struct call call = {};
	int c;

	while ((c = getopt_long(argc, argv, "hVLB:o:", longs, NULL)) != -1)
		switch (c) {
		case 'h': return print_help();
		case 'V': return print_version();
		case 'L': call.light = "-L"; break;
		case 'n': call.name = optarg; break;
		case 'B': call.base = optarg; break;
		case 'o': call.output = optarg; break;
		default: return 2;
		}
	return run_words(argv + optind, argc - optind, &call);
}
