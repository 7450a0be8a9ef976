// SPDX-License-Identifier: GPL-2.0-or-later
#include "ksyms.h"

#include "buf.h"
#include "shared.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Packed, since 12 bytes instead of 16 save half a megabyte. */
struct symbol {
	uint64_t addr;
	uint32_t name; /* offset in names */
} __attribute__((packed));

struct ksyms {
	struct symbol *symbols; /* ascending by address; aliases in the kernel's order */
	size_t n;
	size_t cap;
	/* NUL-terminated names one after the other; behind that of a module's symbol, and a tab,
	 * the module's. */
	struct buf names;
	uint64_t modules; /* modules_hash() when it was read */
};

/* Hands all of a file over in pieces.  A piece ends with a line's end, unless a line does not fit.
 */
static int read_lines(const char *path, void (*fn)(const char *lines, size_t n, void *arg),
		      void *arg)
{
	char text[32768];
	size_t have = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + have, sizeof(text) - have)) > 0) {
		const char *end;

		have += n;
		end = memrchr(text, '\n', have);
		if (!end && have < sizeof(text))
			continue;
		n = end ? end + 1 - text : (ssize_t)have;
		fn(text, n, arg);
		have -= n;
		memmove(text, text + n, have);
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	return n;
}

/*
 * Which modules are loaded, and where, as a hash of names and addresses; the other columns of
 * /proc/modules (size, use count, users, state) change without the symbols changing.
 */
static void hash_modules(const char *lines, size_t n, void *arg)
{
	uint64_t *hash = arg;
	int column = 0;

	for (size_t i = 0; i < n; i++) {
		char c = lines[i];

		if (column == 0 || column == 5)
			*hash = (*hash ^ (unsigned char)c) * UINT64_C(0x100000001b3); /* FNV-1a */
		column = c == '\n' ? 0 : column + (c == ' ');
	}
}

static uint64_t modules_hash(void)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	/* A kernel without modules has no such file. */
	read_lines("/proc/modules", hash_modules, &hash);
	return hash;
}

static void add_symbol(struct ksyms *k, uint64_t addr, const char *name, size_t len)
{
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 8192;
		struct symbol *symbols = reallocarray(k->symbols, cap, sizeof(*symbols));

		if (!symbols) {
			k->names.err = -ENOMEM;
			return;
		}
		k->symbols = symbols;
		k->cap = cap;
	}
	k->symbols[k->n++] = (struct symbol){addr, k->names.len};
	buf_add(&k->names, name, len);
	buf_char(&k->names, '\0');
}

static unsigned int hex_value(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* A line is "ffffffff81000000 T name", with "\t[module]" behind it for a module's symbol. */
static void add_line(struct ksyms *k, const char *line, const char *end)
{
	const char *space = memchr(line, ' ', end - line), *name, *tab;
	uint64_t addr = 0;

	if (!space || end - space < 4)
		return;
	for (; line < space; line++)
		addr = addr << 4 | hex_value(*line);
	name = space + 3;
	tab = memchr(name, '\t', end - name);
	/* Names like [__builtin__ftrace] stand for trampolines, which come and go as programs do.
	 */
	if (tab && (!strncmp(tab, "\t[bpf]", 6) || !strncmp(tab, "\t[__builtin__", 13)))
		return;
	if (!addr)
		return;
	add_symbol(k, addr, name, (tab ? tab : end) - name);
	if (tab && end - tab > 3) {
		buf_char(&k->names, '\t');
		buf_add(&k->names, tab + 2, end - tab - 3);
		buf_char(&k->names, '\0');
	}
}

static void add_lines(const char *lines, size_t n, void *arg)
{
	const char *end = lines + n;

	while (lines < end) {
		const char *eol = memchr(lines, '\n', end - lines);

		if (!eol)
			return;
		add_line(arg, lines, eol);
		lines = eol + 1;
	}
}

static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

static void unload(void *value)
{
	struct ksyms *k = value;

	buf_free(&k->names);
	free(k->symbols);
	free(k);
}

/* Gives back the room for more, and what growing and sorting took. */
static void fit(struct ksyms *k)
{
	struct symbol *symbols = realloc(k->symbols, k->n * sizeof(*symbols));
	char *names = realloc(k->names.data, k->names.len);

	if (symbols)
		k->symbols = symbols;
	if (names) {
		k->names.data = names;
		k->names.cap = k->names.len;
	}
	malloc_trim(0);
}

static int load(void **out)
{
	struct ksyms *k = calloc(1, sizeof(*k));
	int err;

	if (!k)
		return -ENOMEM;
	/* First, so that a module that comes meanwhile makes the table stale. */
	k->modules = modules_hash();
	err = read_lines("/proc/kallsyms", add_lines, k);
	if (!err)
		err = k->names.err;
	if (err) {
		unload(k);
		return err;
	}
	if (k->n) {
		qsort(k->symbols, k->n, sizeof(*k->symbols), compare);
		fit(k);
	}
	*out = k;
	return 0;
}

static bool fresh(const void *value, uint64_t age_ns, uint64_t cost_ns)
{
	const struct ksyms *k = value;

	(void)cost_ns;
	/* Hidden addresses may be shown later; ask now and then. */
	if (!k->n)
		return age_ns < UINT64_C(1000000000);
	return modules_hash() == k->modules;
}

static struct shared shared = {
    .load = load,
    .unload = unload,
    .fresh = fresh,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

int ksyms_get(struct ksyms **out)
{
	struct ksyms *k;
	void *value;
	int err = shared_get(&shared, &value);

	if (err)
		return err;
	k = value;
	if (!k->n) {
		ksyms_put(k);
		return -ENODATA;
	}
	*out = k;
	return 0;
}

void ksyms_put(struct ksyms *k)
{
	shared_put(&shared, k);
}

/* The first symbol at or above addr; k->n when there is none. */
static size_t lower_bound(const struct ksyms *k, uint64_t addr)
{
	size_t low = 0, high = k->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (k->symbols[middle].addr < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const char *name_at(const struct ksyms *k, size_t i)
{
	return k->names.data + k->symbols[i].name;
}

const char *ksyms_exact(const struct ksyms *k, uint64_t addr)
{
	size_t i = lower_bound(k, addr);

	return i < k->n && k->symbols[i].addr == addr ? name_at(k, i) : NULL;
}

const char *ksyms_name(const struct ksyms *k, uint64_t addr, uint64_t *offset)
{
	size_t i = lower_bound(k, addr);
	uint64_t distance;

	if (i == k->n || k->symbols[i].addr != addr) {
		if (i == 0)
			return NULL;
		/* The first of the aliases of the symbol below. */
		i = lower_bound(k, k->symbols[i - 1].addr);
	}
	distance = addr - k->symbols[i].addr;
	if (distance > KSYMS_FAR)
		return NULL;
	if (offset)
		*offset = distance;
	return name_at(k, i);
}

const char *ksyms_module(const struct ksyms *k, const char *name)
{
	size_t behind = name + strlen(name) + 1 - k->names.data;

	if (behind == k->names.len || k->names.data[behind] != '\t')
		return NULL;
	return k->names.data + behind + 1;
}

uint64_t ksyms_addr(const struct ksyms *k, const char *name)
{
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(name_at(k, i), name))
			return k->symbols[i].addr;
	return 0;
}

bool ksyms_symbol(uint64_t addr, struct buf *out)
{
	struct ksyms *symbols;
	const char *name;
	uint64_t offset;

	if (!addr || ksyms_get(&symbols))
		return false;
	name = ksyms_name(symbols, addr, &offset);
	if (name)
		buf_str(out, name);
	if (name && offset)
		buf_printf(out, "+0x%llx", (unsigned long long)offset);
	ksyms_put(symbols);
	return name;
}
