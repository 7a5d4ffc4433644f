/*
 * cli.h - what the subcommands of `yiwang` share: rows of the table, options, words for people.
 *
 * A subcommand is one `const struct yw_command` in a file of its own; daemon/yiwang.c lists them.
 * Data goes to stdout and talk to stderr, so that a pipe carries nothing but data.
 */
#ifndef YW_CLI_CLI_H
#define YW_CLI_CLI_H

#include "base/buf.h"
#include "base/i18n.h"
#include "base/json.h"
#include "service/config.h"
#include "trust/request.h"

enum yw_exit { YW_EXIT_DONE = 0, YW_EXIT_FAILED = 1, YW_EXIT_USAGE = 2 };

#define YW_CONFIG_DEFAULT "/etc/yiwang/yiwang.yaml"
#define YW_WORDS_MAX 64		/* how often one option may be repeated */

struct yw_words {
	const char *word[YW_WORDS_MAX];
	size_t n;
};

enum yw_option_kind {
	YW_OPTION_FLAG,		/* bool */
	YW_OPTION_TEXT,		/* const char *; NULL if not given */
	YW_OPTION_NUMBER,	/* uint64_t from 1; 0 if not given */
	YW_OPTION_LIST		/* struct yw_words: may be repeated */
};

struct yw_option {
	const char *name;	/* "key" is given as --key */
	char letter;		/* 'o': also as -o; 0: none */
	enum yw_option_kind kind;
	size_t offset;		/* into the command's own struct, which starts with a yw_call */
	const char *value;	/* how help calls the value: "FILE"; NULL for a flag */
	const char *help;	/* N_(); one line */
};

enum {				/* options that many commands have */
	YW_TAKES_JSON = 1,	/* --json */
	YW_TAKES_CONFIG = 2,	/* --config FILE */
	YW_TAKES_DAEMON = 6	/* --config FILE and --socket PATH */
};

struct yw_call;

struct yw_command {
	const char *name;		/* "network sign" */
	const char *operands;		/* as usage prints them: "DRAFT --key FILE"; "" if none */
	const char *summary;		/* N_(); one line */
	const char *details;		/* N_(); more for --help, or NULL */
	size_t min, max;		/* how many operands */
	unsigned takes;			/* YW_TAKES_* */
	const struct yw_option *options;	/* ends with a row without name; NULL if none */
	size_t size;			/* of the command's own struct; 0: just a yw_call */
	enum yw_exit (*run)(struct yw_call *call);
};

struct yw_call {
	const struct yw_command *command;
	char **operands;
	size_t n_operands;
	bool json;
	const char *config, *socket;	/* NULL if not given */
};

/* Reads the words after the command's name, runs it, or prints its help. */
enum yw_exit yw_command_run(const struct yw_command *c, int argc, char **argv);

/* "usage: yiwang network sign DRAFT ..." with options and defaults. */
void yw_command_help(const struct yw_command *c, FILE *to);

/* --- Talk, on stderr ---------------------------------------------------------------------------- */

/* One line; fmt is translated by the caller.  It may quote text from outside: all talk is made safe (base/text.h). */
void yw_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "yiwang: <sentence>"; return the exit status, so that `return yw_failed(...)` reads well. */
enum yw_exit yw_failed(const struct yw_error *err);
enum yw_exit yw_misused(const struct yw_command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One line of stdin, which must be these words: what cannot be taken back is typed out.  YW_EINVAL. */
YW_CHECKED enum yw_code yw_typed(const char *must, struct yw_error *err);

/* --- Data, on stdout ---------------------------------------------------------------------------- */

/* Writes everything, and a line feed after JSON.  Failing to write is a failure (a full disk, a closed pipe). */
enum yw_exit yw_put_bytes(struct yw_bytes data);
enum yw_exit yw_put_json(struct yw_buf *json);
enum yw_exit yw_put_file(const char *path, struct yw_bytes data);	/* of --out; NULL: as yw_put_bytes() */

/*
 * Columns that line up, also where characters are two cells wide.  Cells are made safe as talk is.
 */
#define YW_TABLE_COLUMNS_MAX 16

struct yw_table {
	size_t columns, cells;
	bool right[YW_TABLE_COLUMNS_MAX];	/* numbers */
	struct yw_buf text;			/* cells, each ended by a NUL */
};

/* headings end with NULL; one that starts with '>' is of a column of numbers: ">" N_("size").  A table
 * whose first heading is "" or ">" prints none. */
void yw_table_init(struct yw_table *t, const char *const *headings);
void yw_table_cell(struct yw_table *t, const char *text);
void yw_table_cellf(struct yw_table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The text in one line, as far as so many cells take it, from 4 on; "..." stands for the rest. */
void yw_table_cut(struct yw_table *t, size_t cells, const char *text);
enum yw_exit yw_table_put(struct yw_table *t);	/* prints and releases */

/* Cells of a terminal that the text takes. */
size_t yw_text_cells(const char *text);

/* --- Files -------------------------------------------------------------------------------------- */

/* The configuration of the call: --config, or the default path. */
YW_CHECKED enum yw_code yw_call_config(const struct yw_call *call, struct yw_config *out, struct yw_error *err);

/* A join request from a file: the bytes as data_dir/request has them, or the line of base64 that
 * `node request` prints.  Whether it is sound is the caller's question. */
YW_CHECKED enum yw_code yw_read_request(const char *path, struct yw_buf *out, struct yw_error *err);

/* The join request that `node init` has left in a node's data directory. */
YW_CHECKED enum yw_code yw_node_request_read(const struct yw_config *c, struct yw_buf *out,
    char fingerprint[static YW_FINGERPRINT_MAX], struct yw_error *err);

#endif
