/*
 * ask.h - questions to the daemon, and their answers taken apart for people.
 */
#ifndef YW_CLI_ASK_H
#define YW_CLI_ASK_H

#include <jansson.h>

#include "cli/cli.h"
#include "ipc/client.h"

#define YW_ASK_MS 30000			/* most questions */
#define YW_ASK_REACH_MS 60000		/* with --durable: more than the daemon waits for others */

struct yw_reply {
	struct yw_answer answer;
	json_t *json;			/* answer.result, read */
};
#define YW_REPLY_INIT { YW_ANSWER_INIT, NULL }
void yw_reply_release(struct yw_reply *r);

/* Reaches the daemon of --socket, or of the configuration.  Says why not, and gives the exit status. */
enum yw_exit yw_daemon_open(const struct yw_call *call, struct yw_client **out);

/* One question; params is a JSON object in the making, released here.  Says what failed; *out then holds
 * nothing. */
enum yw_exit yw_daemon_ask(struct yw_client *c, const char *method, struct yw_buf *params, struct yw_bytes data,
    uint32_t timeout_ms, struct yw_reply *out);

/* The parameters {"name": "text"}. */
void yw_params_text(struct yw_buf *out, const char *name, const char *text);

/* Members of what is listed some at a time: which, and how many; NULL or 0 where that was not said. */
void yw_params_page(struct yw_json *j, const char *code, const char *kind, const char *after, uint64_t limit);

/* {"id"} of one operand ID, or {"log", "index", "item"} of three, LOG ENTRY ITEM; says what is wrong with them.  at: the
 * option --at, NULL if it was not given. */
enum yw_exit yw_params_record(const struct yw_call *call, const char *at, struct yw_buf *out);
#define YW_RECORD_OPERANDS "ID | LOG ENTRY ITEM"
/* On what an answer to --at rests (R6): one sentence. */
void yw_add_as_of(struct yw_buf *out, const json_t *result);

/* The members class, openness and audience of what --class says (record/sharing.h); NULL: none.  YW_EINVAL. */
YW_CHECKED enum yw_code yw_params_class(const char *text, struct yw_json *j, struct yw_error *err);
/* The same in place of what stands in an object. */
YW_CHECKED enum yw_code yw_class_over(const char *text, json_t *object, struct yw_error *err);

/* Opens, asks one question without data, closes. */
enum yw_exit yw_ask(const struct yw_call *call, const char *method, struct yw_buf *params, uint32_t timeout_ms,
    struct yw_reply *out);

/* Prints the result as it came (--json), or lets `show` print it for people; releases it. */
enum yw_exit yw_reply_put(const struct yw_call *call, struct yw_reply *r, enum yw_exit (*show)(const json_t *result));

/* What several commands print: a record, a registration, how far it has got, connected nodes. */
enum yw_exit yw_show_fields(const json_t *record);	/* and an empty line */
/* Rows of the divisions that a record names: as of then, since it keeps the code of its own date, and today (T10). */
void yw_put_divisions(struct yw_table *t, const json_t *result);
/* What the catalogue calls a field or word (record/label.h); without one, its own name in plain words. */
#define YW_CALLED_MAX 256
void yw_call_label(const char *key, char out[static YW_CALLED_MAX]);
enum yw_exit yw_show_registered(const json_t *result);
void yw_say_reached(const char *reached);
void yw_say_claimed(const json_t *result);	/* of an answer: that its log is not yet attributable, if so (T8) */
enum yw_exit yw_show_peers(const json_t *result);

/* The value at "log.beat.size" below o: NULL, "" or 0 where there is none or another type. */
const json_t *yw_got(const json_t *o, const char *path);
const char *yw_got_text(const json_t *o, const char *path);
uint64_t yw_got_number(const json_t *o, const char *path);
bool yw_got_true(const json_t *o, const char *path);

/* --- How people read it --- */
#define YW_FOR_PEOPLE_MAX 64
const char *yw_age_of(const char *utc, char out[static YW_FOR_PEOPLE_MAX]);		/* "12 s ago"; "-" for "" */
const char *yw_bytes_text(uint64_t bytes, char out[static YW_FOR_PEOPLE_MAX]);		/* "1.2 GiB" */
const char *yw_seconds_text(uint64_t seconds, char out[static YW_FOR_PEOPLE_MAX]);	/* "3 min" */

const char *yw_operation_word(const json_t *item);	/* of a record, or of one in a list */
const char *yw_sharing_word(const char *word);		/* a class or an openness, for people */
void yw_put_state(struct yw_table *t, const json_t *item);	/* that, who doubts it (T6), is it of a recovery (T9); one cell */
/* Rows of a log where it has them: what had its quorum when seen (T12), whose word a recovery rests on (T9). */
void yw_put_cut(struct yw_table *t, const json_t *log);
void yw_put_recovery(struct yw_table *t, const json_t *of);
const char *yw_code_words(const char *code);	/* "root": the root keys */

/* Codes side by side: "320000 > 320100 > 320102". */
void yw_add_codes(struct yw_buf *out, const json_t *codes, const char *between);

#endif
