/*
 * service_int.h - what the handlers share: the service's insides, parameters, answers.
 */
#ifndef YW_SERVICE_SERVICE_INT_H
#define YW_SERVICE_SERVICE_INT_H

#include <jansson.h>
#include <pthread.h>

#include "base/json.h"
#include "base/text.h"
#include "ledger/view.h"
#include "record/division.h"
#include "record/kind.h"
#include "service/prepare.h"
#include "service/service.h"

struct import;			/* imports.c */

struct yw_service {
	const struct yw_config *config;
	struct yw_home *home;
	struct yw_ledger *ledger;
	struct yw_node *node;
	struct yw_store *store;
	struct yw_clock clock;
	struct yw_jurisdiction code;
	struct yw_divisions *divisions;
	pthread_mutex_t audit_lock;
	int audit;			/* file, opened for appending; -1: it could not be opened again */
	char audit_path[YW_HOME_PATH_MAX];
	pthread_mutex_t imports_lock;
	struct import *imports[YW_IMPORTS_MAX];
	uint64_t next_import;
	struct said_of *told;		/* corrections.c: what the log has said of them */
	size_t n_told;
};

/* --- answers: each ends the question --- */
void answer_json(struct yw_question *q, struct yw_buf *json, struct yw_bytes data);	/* releases json */
void answer_error(struct yw_question *q, enum yw_code code, const struct yw_error *err);
/* Memory for an answer that must not fail any more once what was asked is done. */
YW_CHECKED enum yw_code answer_room(struct yw_buf *out, struct yw_error *err);

/* --- parameters; the error names the parameter --- */
YW_CHECKED enum yw_code param_text(const json_t *params, const char *name, bool needed, const char **out,
    struct yw_error *err);				/* absent: NULL */
YW_CHECKED enum yw_code param_flag(const json_t *params, const char *name, bool *out, struct yw_error *err);
YW_CHECKED enum yw_code param_uint(const json_t *params, const char *name, uint64_t fallback, uint64_t max, uint64_t *out,
    struct yw_error *err);
/* "limit" of what is listed some at a time: 100 where nothing is said. */
YW_CHECKED enum yw_code param_limit(const json_t *params, uint64_t max, uint64_t *out, struct yw_error *err);
YW_CHECKED enum yw_code param_code(const json_t *params, const char *name, bool needed, struct yw_jurisdiction *out,
    struct yw_error *err);				/* absent: "" */
/* Words that stand in a log for ever: one line, not empty, of at most `max` bytes; into out, which has room for a NUL more. */
YW_CHECKED enum yw_code param_words(const char *name, const char *text, size_t max, char *out, struct yw_error *err);
YW_CHECKED enum yw_code param_id(const json_t *params, const char *name, const char **out, struct yw_error *err);

/* --- words of class and openness, for JSON (prepare.c) --- */
const char *class_word(enum yw_class c);
const char *openness_word(enum yw_openness o);

void put_place(struct yw_json *j, const char *key, const char *origin, uint64_t index, uint16_t item);
void put_beats(struct yw_json *j, const struct yw_log_info *log);
void put_claimed(struct yw_json *j, bool claimed);	/* "attributable": false, where it is not yet (T8) */
/* T9, for ever: "recovery" {by, consent}, where the log is one.  "root": the root keys. */
void put_recovery(struct yw_json *j, const struct yw_view *v, const struct yw_log_info *log);
/* T6: "doubted_by", where the entry counts, and who closed its log doubts it. */
void put_doubt(struct yw_json *j, const struct yw_view *v, const struct yw_log_info *log, uint64_t index);
/* T6: "closed" {by, size, revoked, reason, successor?, next_issuer?}, where it is. */
void put_closed(struct yw_json *j, const struct yw_view *v, const struct yw_log_info *log);
/* "through": what an answer rests on (S1), how far the logs of this code have come here; `id` begins with it, "" for all. */
void put_through(struct yw_json *j, const struct yw_view *v, const char *id);	/* listing.c */
const struct yw_log_info *item_log(const struct yw_view *v, const struct yw_item *item);

/* --- places.c --- */
struct place {
	const struct yw_log_info *log;
	uint64_t index;
	uint16_t item;
	enum yw_body_state state;
	struct yw_absent_body absent;	/* LOST, ERASED: who says so */
};
const char *body_state_word(enum yw_body_state state);
/* `log` of params: an origin, or a code, whose newest log is meant. */
YW_CHECKED enum yw_code param_log(const json_t *params, const struct yw_view *v, const struct yw_log_info **out,
    struct yw_error *err);
/* log, index and item (0 where it is left out). */
YW_CHECKED enum yw_code param_place(const json_t *params, const struct yw_view *v, struct place *out, struct yw_error *err);
/* YW_OK where the body is held; else why it is not: YW_EDENIED withheld, YW_ENOENT. */
YW_CHECKED enum yw_code place_lacks(const struct place *p, const struct yw_audience *audience, struct yw_error *err);
/* YW_ENOENT, and where to look if it may be withheld. */
YW_CHECKED enum yw_code nothing_under(const struct yw_service *s, const struct yw_view *v, const char *id,
    struct yw_error *err);

/* --- asof.c: what counted at a time (R6) --- */
struct as_of {
	bool asked;
	int64_t ms;			/* UTC */
};
YW_CHECKED enum yw_code param_at(const json_t *params, struct as_of *out, struct yw_error *err);	/* beside `id` */
/* What stood under an id then.  `later`, with an id, is something said of it that may have come after: then its id is made "".
 * YW_ENOENT: nothing, and why. */
YW_CHECKED enum yw_code find_as_of(const struct yw_view *v, const char *id, const struct as_of *at, struct yw_item *out,
    struct yw_item *later, struct yw_error *err);
/* If asked: "as_of" {asked, origin, size, time, closed_by?, network_version?}: which beat of that log, or which closing of it,
 * answers. */
YW_CHECKED enum yw_code put_as_of(struct yw_json *j, const struct yw_view *v, const struct yw_log_info *of, const struct as_of *at,
    struct yw_error *err);

/* --- erase.c: of an item that says nothing but that its id was erased (V6) --- */
/* "erased" {at, reason, basis}. */
YW_CHECKED enum yw_code put_erasure(struct yw_json *j, const struct yw_view *v, const struct yw_item *item, struct yw_error *err);
/* YW_ENOENT, with all of that in words. */
YW_CHECKED enum yw_code erased_under(const struct yw_view *v, const struct yw_item *item, struct yw_error *err);

/* --- durability that an answer waits for (R7) --- */
struct reach {
	bool asked;
	struct yw_jurisdiction code;	/* "" with asked: a beat with quorum */
	uint32_t timeout_ms;
};
/* YW_EINVAL also for a code of which no node has been admitted. */
YW_CHECKED enum yw_code param_reach(struct yw_service *s, const json_t *params, struct reach *out, struct yw_error *err);
const char *reach_word(const struct reach *r);
/* Registered, but not confirmed elsewhere; `what` begins the sentence. */
void reach_failed(const struct reach *r, enum yw_code code, const char *what, struct yw_error *err);

/* One line "time uid pid method what outcome"; `what` is an id, a code or a file name. */
void audit_line(struct yw_service *s, const struct yw_question *q, const char *what, const char *outcome);

/* --- acts.c: what a person has this node do to itself or say of trust --- */
struct act {			/* first in the act's own struct */
	struct yw_node_job job;
	struct yw_service *s;
	struct yw_question *q;
	struct yw_jurisdiction what;	/* whom it is about: in the audit line and in the answer; "" until it was read */
	const char *about;		/* the id that the audit line names then; NULL: it is about no record */
	const char *outcome;		/* in the audit line, if it was done; `say` may choose another */
	enum yw_code (*say)(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err);
	void (*release)(struct act *a);
	struct yw_buf out;
	enum yw_code code;
	struct yw_error err;
};
struct act_kind {
	size_t size;
	enum yw_code (*read)(struct act *a, const json_t *params, struct yw_error *err);	/* NULL: of this node, without any */
	/* In a turn; adds to the answer {"code"}. */
	enum yw_code (*say)(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err);
	void (*release)(struct act *a);	/* what `read` and `say` hold; NULL: nothing */
	const char *outcome;
};
void act_start(struct yw_service *s, struct yw_question *q, const json_t *params, const struct act_kind *kind);

/* --- called.c --- */
/* "": nobody says.  The table's, or trust's. */
const char *called_name(const struct yw_service *s, const struct yw_trust *t, const char *code, bool *unlisted);
void put_called(struct yw_json *j, const struct yw_service *s, const struct yw_trust *t, const char *code);
/* The member "divisions" [{code, name?, zone?, unlisted?, until? | today? {code, name}}] of a record. */
void put_divisions(struct yw_json *j, const struct yw_service *s, const struct yw_trust *t, const json_t *record);

/* --- references.c --- */
/* The member "references" [{id, state: registered | withdrawn | erased | not_here}] of a record. */
YW_CHECKED enum yw_code put_references(struct yw_json *j, const struct yw_view *v, const json_t *record, struct yw_error *err);

/* --- registered.c --- */
/* The entry in which the item stands, taken apart; it borrows the envelope. */
YW_CHECKED enum yw_code item_entry(const struct yw_view *v, const struct yw_item *item, struct yw_buf *envelope,
    struct yw_entry *out, struct yw_error *err);
struct registered {
	struct yw_item item;			/* revision 0: nothing.  Its audience is whole */
	struct yw_jurisdiction *codes;		/* of that */
};
YW_CHECKED enum yw_code registered_find(const struct yw_view *v, const char *id, struct registered *out, struct yw_error *err);
void registered_release(struct registered *r);
/* V4: would somebody who may see what is registered not see what comes after it?  Then a withdrawal goes before. */
bool registered_narrows(const struct yw_service *s, const struct registered *r, const struct yw_audience *now);
YW_CHECKED enum yw_code registered_withdrawal(const struct registered *r, struct yw_buf *body, struct yw_error *err);
/* default_class of the configuration.  YW_EINVAL: it has none of that kind. */
YW_CHECKED enum yw_code default_sharing(const struct yw_service *s, const char *kind, struct yw_audience *out,
    struct yw_jurisdiction **codes, struct yw_error *err);

/* put.c: may this record say that it replaces what it says (T10)?  YW_EINVAL. */
YW_CHECKED enum yw_code check_replaces(const struct yw_service *s, const struct yw_record *r, struct yw_error *err);

/* Handlers. */
typedef void handler(struct yw_service *s, struct yw_question *q, const json_t *params);
handler ask_status, ask_logs, ask_peers, ask_digest;				/* status.c */
handler ask_places;								/* places.c */
handler ask_get, ask_evidence, ask_contradiction;				/* records.c */
handler ask_list, ask_history;							/* listing.c */
handler ask_doubles;								/* doubles.c */
handler ask_put, ask_withdraw, ask_correct, ask_answer;				/* put.c */
handler ask_corrections;							/* corrections.c */
handler ask_put_signed;								/* signed.c */
handler ask_registrar_list, ask_registrar_add, ask_registrar_end, ask_holder;	/* registrars.c */
handler ask_import_begin, ask_import_data, ask_import_end;			/* imports.c */
handler ask_backup;								/* backup.c */
handler ask_refetch, ask_node_take;					/* whole.c */
handler ask_network_add, ask_network_get;						/* networks.c */
handler ask_network_closing;							/* close.c */
handler ask_close;								/* close.c */
handler ask_lost;								/* lost.c */
handler ask_lacks, ask_declare_lost;						/* lacks.c */
handler ask_erase_look, ask_erase, ask_scrub;					/* erase.c */
handler ask_key_rotate;								/* rotate.c */
handler ask_admit_list, ask_admit_grant, ask_admit_refuse, ask_consent;			/* admit.c */

void imports_release(struct yw_service *s);

#endif
