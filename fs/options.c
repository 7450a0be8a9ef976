// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include "../bpf/cgroup.h"
#include "../bpf/bpffs.h"
#include "../bpf/netns.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One -o option: `value` says that it takes one. */
struct option_row {
	const char *name;
	const char *help;
	int (*set)(struct options *o,
		   char *value); /* NULL: mount(8)'s own, accepted without effect */
	const char *value;
};

static int complain(const char *what, const char *text)
{
	fprintf(stderr, "bpfview: %s: %s\n", what, text);
	return -EINVAL;
}

static int set_gid(struct options *o, char *value)
{
	const struct group *g;
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (*value >= '0' && *value <= '9' && !*end && !errno && n < (gid_t)-1) {
		o->gid = (gid_t)n;
		return 0;
	}
	g = getgrnam(value);
	if (!g)
		return complain("gid: no such group", value);
	o->gid = g->gr_gid;
	return 0;
}

static int set_umask(struct options *o, char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 8);

	if (!*value || *value == '-' || *end || n > 0777)
		return complain("umask: not an octal number up to 777", value);
	o->umask = (mode_t)n;
	return 0;
}

static int set_hide(struct options *o, char *value)
{
	size_t n = 0;
	char *save = NULL;

	while (o->tree.hidden && o->tree.hidden[n])
		n++;
	for (char *word = strtok_r(value, ":", &save); word; word = strtok_r(NULL, ":", &save)) {
		char **more = realloc(o->tree.hidden, (n + 2) * sizeof(*more));

		if (!more)
			return complain("hide", strerror(ENOMEM));
		o->tree.hidden = more;
		more[n++] = strdup(word);
		more[n] = NULL;
		if (!tree_has(word))
			return complain("hide: README has no such path", word);
	}
	return n ? 0 : complain("hide", "names are missing");
}

/* What setting a folder came to: -EINVAL is said in the option's own words. */
static int complain_of_folder(int err, const char *wrong, const char *value)
{
	if (!err)
		return 0;
	return complain(err == -EINVAL ? wrong : strerror(-err), value);
}

static int set_cgroup(struct options *o, char *value)
{
	(void)o;
	return complain_of_folder(cgroup_set_root(value), "cgroup: not in a cgroup2 file system",
				  value);
}

static int set_bpffs(struct options *o, char *value)
{
	(void)o;
	return complain_of_folder(bpffs_set_root(value), "bpffs: no bpffs is mounted there", value);
}

static int set_nopipes(struct options *o, char *value)
{
	(void)value;
	o->tree.no_pipes = true;
	return 0;
}

static int set_load(struct options *o, char *value)
{
	o->load = value;
	return 0;
}

static int set_netns(struct options *o, char *value)
{
	o->netns = value;
	return netns_find(value) ? complain("netns: no namespace has that name", value) : 0;
}

static int set_stats(struct options *o, char *value)
{
	(void)value;
	o->stats = true;
	return 0;
}

static const struct option_row rows[] = {
    {"gid", "group of all files", set_gid, "GROUP"},
    {"umask", "permission bits to take away, octal (077)", set_umask, "MASK"},
    {"nopipes", "leave out files that block or consume (*_pipe)", set_nopipes, NULL},
    {"cgroup", "where cgroup2 is mounted (the first such mount)", set_cgroup, "DIR"},
    {"hide", "files to leave out, as README names them", set_hide, "PATH[:PATH...]"},
    {"bpffs", "the bpffs that pin/ shows (/sys/fs/bpf)", set_bpffs, "DIR"},
    {"stats", "collect run statistics while mounted", set_stats, NULL},
    {"load", "load and attach the objects in a folder", set_load, "DIR"},
    {"netns", "look at the networking of that namespace", set_netns, "NAME"},
    {"auto", NULL, NULL, NULL},
    {"noauto", NULL, NULL, NULL},
    {"nofail", NULL, NULL, NULL},
    {"_netdev", NULL, NULL, NULL},
    {"defaults", NULL, NULL, NULL},
    {"user", NULL, NULL, NULL},
    {"nouser", NULL, NULL, NULL},
    {"users", NULL, NULL, NULL},
    {"relatime", NULL, NULL, NULL},
    {"norelatime", NULL, NULL, NULL},
    {"strictatime", NULL, NULL, NULL},
    {"diratime", NULL, NULL, NULL},
    {"nodiratime", NULL, NULL, NULL},
};

void options_help(struct buf *out)
{
	buf_str(out,
		"usage: bpfview [-f] [-d] [-s] [-o OPTION,...] [SOURCE] DIR\n"
		"\n"
		"  -f  stay in the foreground\n"
		"  -d  print FUSE's requests (implies -f)\n"
		"  -s  one thread only\n"
		"  -h, --help     this text\n"
		"  -V, --version  versions\n"
		"\n"
		"  -o ro           nothing can be written\n"
		"  -o allow_other  other users than root may look, as far as modes let them\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].help)
			buf_printf(out, "  -o %s%s%s  %s\n", rows[i].name, rows[i].value ? "=" : "",
				   rows[i].value ? rows[i].value : "", rows[i].help);
	buf_str(out, "  other options are FUSE's and mount(8)'s\n");
}

/* One option without its comma. */
static int set_option(struct options *o, char *text)
{
	char *value = strchr(text, '=');
	size_t len = value ? (size_t)(value - text) : strlen(text);

	if (!len || !strncmp(text, "x-", 2))
		return 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct option_row *row = &rows[i];

		if (strlen(row->name) != len || strncmp(row->name, text, len) != 0)
			continue;
		if (!row->value != !value)
			return complain(value ? "takes no value" : "needs a value", text);
		return row->set ? row->set(o, value ? value + 1 : NULL) : 0;
	}
	if (o->fuse.len)
		buf_char(&o->fuse, ',');
	buf_str(&o->fuse, text);
	return 0;
}

static int set_options(struct options *o, char *list)
{
	char *save = NULL;
	int err = 0;

	for (char *word = strtok_r(list, ",", &save); word && !err;
	     word = strtok_r(NULL, ",", &save))
		err = set_option(o, word);
	return err;
}

int options_parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {{"help", no_argument, NULL, 'h'},
					      {"version", no_argument, NULL, 'V'},
					      {"tree-page", no_argument, NULL, 't'},
					      {}};
	int c, err = 0;

	*o = (struct options){.umask = 077};
	/* -n and -v are what mount(8) passes on */
	while (!err && (c = getopt_long(argc, argv, "fdshVnvo:", longs, NULL)) != -1)
		switch (c) {
		case 'f': o->foreground = true; break;
		case 'd': o->foreground = o->debug = true; break;
		case 's': o->one_thread = true; break;
		case 'h': o->help = true; break;
		case 'V': o->version = true; break;
		case 't': o->tree_page = true; break;
		case 'o': err = set_options(o, optarg); break;
		case 'n':
		case 'v': break;
		default: err = -EINVAL;
		}
	if (err || o->help || o->version || o->tree_page)
		return err;
	if (argc - optind < 1 || argc - optind > 2)
		return complain("where to mount?", "bpfview --help tells more");
	o->mountpoint = argv[argc - 1];
	return 0;
}

void options_free(struct options *o)
{
	for (char **name = o->tree.hidden; name && *name; name++)
		free(*name);
	free(o->tree.hidden);
	buf_free(&o->fuse);
}
