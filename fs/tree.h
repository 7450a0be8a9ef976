/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BPFVIEW_TREE_H
#define BPFVIEW_TREE_H

#include "../bpf/buf.h"
#include "../bpf/kind.h"
#include "../bpf/verb.h"
#include "folders.h"
#include "outcome.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The tree is a table.  A kind of folder is a `struct folder`: rows with fixed names, and at most
 * one generator of children whose names are found out at run time.  Everything else (lookup,
 * listings, attributes, README, the man page) follows from the rows; the name of a file stands
 * nowhere else.
 *
 * A node number says all there is to know about a file: which kind of folder, which row of it, and
 * the id of the object that the folder is for.  Only children with free names (by-name/NAME) are
 * remembered, while the kernel knows them (intern.h).
 */

/* Kinds of folders. */
enum folder_index {
#define X(NAME, name) FOLDER_##NAME,
	FOLDERS(X)
#undef X
	    FOLDER_COUNT
};

struct row;

/* What a function of a row is told about the file it is to serve. */
struct place {
	enum folder_index folder; /* the kind of folder that the file is in */
	const struct row *row;	  /* NULL for the folder itself */
	uint64_t node;		  /* its number */
	uint64_t id;	/* what the folder is for: an object's id, or its generator's value */
	uint64_t child; /* for a generated file: the generator's value */
	char name[NAME_MAX + 1]; /* for a generated file or folder: its name; else "" */
};

/* Large files: made bit by bit as they are read. */
struct stream_type {
	int (*open)(const struct place *p, void **state);
	/* Appends `want` bytes or more unless the end comes first: 1 there is more, 0 that was all,
	 * -errno. */
	int (*more)(void *state, struct buf *out, size_t want);
	void (*close)(void *state);
};

/* Where a file that blocks gets what its readers wait for (pipe.h). */
struct pipe_type {
	int (*open)(const struct place *p, void **state);
	/* A first reader has come; before there is one a writer may have set options.  May be NULL.
	 */
	int (*start)(void *state);
	/* Takes what somebody wrote: `options` is what the row's command made of it.  NULL where
	 * the file takes no writes.  0, or -errno with words. */
	int (*set)(void *state, void *options, struct problem *why);
	/* Appends what is there now, without blocking, until it is `room` bytes or some more; 0 or
	 * -errno. */
	int (*fill)(void *state, struct buf *out, size_t room);
	void (*close)(void *state);
	/* A descriptor that poll(2) finds readable when there is something; may be NULL. */
	int (*fd)(void *state);
	unsigned int interval_ms; /* how often to look while somebody waits */
};

/* One line that somebody wrote to a file. */
struct command {
	struct writer who;
	const char *line;   /* NUL-terminated, without its newline */
	struct problem why; /* of a failure */
	struct buf answer;  /* what reading the same open file gives next */
};

/* Files that take more than commands: a stream of any length, as long as the file is open. */
struct sink_type {
	int (*open)(const struct place *p, void **state);
	/* Takes what comes next; after a failure there is no more but close(). */
	int (*write)(void *state, const char *text, size_t len, struct problem *why);
	/* Somebody closed the file: 0, or -errno when something is missing.  More may follow. */
	int (*flush)(void *state, struct problem *why);
	/* Appends what has been done, for the file's last outcome. */
	void (*report)(void *state, struct buf *out);
	void (*close)(void *state);
};

enum row_type {
	ROW_FOLDER,
	ROW_FILE,   /* rendered at open: `show` */
	ROW_STREAM, /* made as it is read: `stream` */
	ROW_LINK,   /* a symlink: `target` */
	ROW_PIPE,   /* blocks or consumes: `pipe` */
};

struct row {
	const char *name;
	enum row_type type;
	const char *help;
	enum folder_index folder; /* ROW_FOLDER: what it is */
	int form;		  /* for functions that serve several rows */
	bool quick; /* show and command take microseconds: no worker thread needed; of a
		       generator, find and add too */
	bool slow;  /* show may take seconds: never on all worker threads at once */
	/* Whether the file is there, when not always; decided by what never changes of an object,
	 * unless the row is `passing`. */
	bool passing;
	bool (*exists)(const struct place *p);
	/* Appends the content; 0 or -errno. */
	int (*show)(const struct place *p, struct buf *out);
	const struct stream_type *stream;
	const struct pipe_type *pipe;
	/* Appends the text of the link, in microseconds. */
	int (*target)(const struct place *p, struct buf *out);
	/* Does a command: 0, or -errno with words in c->why.  Makes the file writable; one without
	 * `show` is read as `usage` and how the last command ended. */
	int (*command)(const struct place *p, struct command *c);
	const struct sink_type *sink; /* instead of `command` */
	const char *usage;	      /* a line for each form of the command */
	const struct verb *verbs;     /* instead of it: what the command is looked up in */
	bool whole;		      /* what is written is one command, newlines and all */
};

struct child {
	char name[NAME_MAX + 1];
	uint64_t value; /* becomes place.child, or place.id inside a generated folder */
	uint8_t other;	/* of what kind it is: 0 the generator's row, N its others[N - 1] */
};

/* Children whose names are not fixed. */
struct generator {
	/* What each child is; its name and help are for documentation.  For a folder of objects by
	 * id `by_id` is set: the child's value is then a 32-bit object id that its name says in
	 * decimal. */
	struct row row;
	bool by_id;
	/* Further kinds of children, none of them by id. */
	const struct row *others;
	size_t nothers;
	/* State of one listing; may be NULL. */
	int (*open)(const struct place *dir, void **state);
	void (*close)(void *state);
	/* The next child behind *cursor, which starts at 0 and is moved on: 1, 0 at the end,
	 * -errno. */
	int (*next)(const struct place *dir, void *state, uint64_t *cursor, struct child *out);
	/* The child of that name: 0 or -errno. */
	int (*find)(const struct place *dir, const char *name, struct child *out);
};

/* A change to what is in a folder that somebody asks for. */
struct change {
	struct writer who;
	struct problem why; /* of a failure */
};

/* What making, removing and renaming mean in a folder: 0, or -errno with words in c->why.  What is
 * NULL cannot be (-EPERM).  Names of rows never come here. */
struct folder_ops {
	/* Whether a file of a new name may be made, which its first write then does; if none comes,
	 * `make` does when the file is closed. */
	int (*add)(const struct place *dir, const char *name, struct child *out, struct change *c);
	int (*make)(const struct place *p, struct change *c);
	/* `mkdir`: a folder that the generator then finds. */
	int (*mkdir)(const struct place *dir, const char *name, struct change *c);
	/* `ln -s`; `out` is what the new child is, which may be found by another name later. */
	int (*symlink)(const struct place *dir, const char *name, const char *target,
		       struct child *out, struct change *c);
	int (*unlink)(const struct place *dir, const char *name, struct change *c);
	int (*rmdir)(const struct place *dir, const char *name, struct change *c);
	/* To a folder with the same operations; flags are renameat2(2)'s. */
	int (*rename)(const struct place *dir, const char *name, const struct place *to,
		      const char *new_name, unsigned int flags, struct change *c);
};

static inline bool row_is_writable(const struct row *row)
{
	return row && (row->command || row->sink);
}

/* Folders of a kind may be in folders of several kinds, also of their own: `parent` is the one that
 * documentation describes them in. */
struct folder {
	enum folder_index parent;
	const struct row *rows;
	size_t nrows;
	const struct generator *gen;
	const struct folder_ops *ops; /* may be NULL */
};

#define FOLDER_ROWS(array) .rows = (array), .nrows = sizeof(array) / sizeof((array)[0])

#define X(NAME, name) extern const struct folder name##_folder;
FOLDERS(X)
#undef X

const struct folder *folder_at(enum folder_index i);

/* --- node numbers --- */

enum { ROOT_NODE = 1 };

/* Which parts of the tree are left out (mount options). */
struct tree_options {
	bool no_pipes;
	char **hidden; /* paths as tree_walk() gives them, NULL-terminated; may be NULL */
};

void tree_init(const struct tree_options *options);

/* Whether there is a row of that path ("prog", "map/ID/entries"); a slash at the end does not
 * count.
 */
bool tree_has(const char *path);

/* Decodes a node number: 0, or -ENOENT for one that means nothing (any more). */
int tree_place(uint64_t node, struct place *out);

struct node_info {
	uint64_t node;	       /* the number to address it by; 0 in a listing */
	uint64_t ino;	       /* unique and the same whenever the same thing is looked up */
	const struct row *row; /* NULL: the root */
	bool lasting;	       /* is there as long as its folder is */
};

/* The folder of that kind that a place is in, at any distance; false when it is in none (any more).
 */
bool tree_above(const struct place *p, enum folder_index folder, struct place *out);

/* Finds `name` in a folder.  A node with a free name is remembered until tree_forget() has been
 * called for it as often as tree_lookup() returned it.  0, -ENOENT, -ENOTDIR, or another -errno. */
int tree_lookup(uint64_t dir, const char *name, struct node_info *out);
void tree_forget(uint64_t node, uint64_t times);

/* The node of a child that a generator or an operation told of, remembered as by tree_lookup(). */
int tree_child(const struct place *dir, const char *name, const struct child *child,
	       struct node_info *out);

/* Whether a name is that of a row of the folder, be it there or not: it hides what a generator
 * calls so. */
bool tree_has_row(enum folder_index folder, const char *name);

/* What there is to know about a node without looking at its object. */
int tree_info(uint64_t node, struct node_info *out);

/* The folder that a node is in; the root is in itself. */
uint64_t tree_parent(uint64_t node);

/* One listing of a folder, "." and ".." left out. */
struct listing;
int listing_open(uint64_t dir, struct listing **out);
void listing_close(struct listing *l);
/* The entry behind `offset` (0: the first).  1 with the name and the offset to go on from, 0 at the
 * end, or -errno.  Offsets stay valid for the whole life of the listing, in any order. */
int listing_next(struct listing *l, uint64_t *offset, char name[NAME_MAX + 1],
		 struct node_info *out);

/* The path of a node below the mount point, without a leading slash; "" for the root. */
int tree_path(uint64_t node, struct buf *out);

/* Appends a symlink's text from where `p` is to an object's folder: "../../map/12". */
void tree_link(const struct place *p, enum kind kind, uint64_t id, struct buf *out);
/* The same to a path below the mount point. */
void tree_link_path(const struct place *p, const char *path, struct buf *out);

/* Appends "PARENT/NAME" for a folder: its row's name, or `name` for one that a generator makes,
 * behind those of the folders that it is in. */
void tree_folder_path(enum folder_index folder, const char *name, struct buf *out);

/* Every row of the tree once, with its path pattern ("prog/ID/info"), in the order of the tables;
 * folders within folders of their own kind are not gone into.
 */
void tree_walk(void (*fn)(const char *path, const struct row *row, void *arg), void *arg);

#endif
