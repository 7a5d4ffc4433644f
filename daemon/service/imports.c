/*
 * imports.c - a file that comes in pieces: mapped, compared with what is registered, appended in groups.
 *
 * One piece is worked on at a time, in the thread that asked; groups of up to 256 records are posted to the node
 * as they fill, a few at once, and the asking thread waits when the window is full.  That is the one place where
 * a handler waits for the writer.
 *
 * What a piece brought goes out with its own answer (findings, reject lines), so that nothing is kept that grows
 * with the file.  Lock: `lock` guards what the node's thread writes: window, counts of outcomes, late findings.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "import/import.h"
#include "record/record.h"
#include "record/sharing.h"
#include "service/corrections.h"

#define MAPPING_SUFFIX ".yaml"
#define WINDOW 4		/* groups under way */
#define IDLE_MS 600000		/* an import nobody feeds any more gives up its place */
#define NOTES_SHOWN_MAX 1000	/* per piece; what refuses a row is always shown ... */
#define FINDINGS_BYTES_MAX (16u << 20)	/* ... up to this, which no piece of YW_IMPORT_PIECE comes to */

struct group {
	struct yw_node_job job;
	struct import *imp;
	size_t n;
	struct yw_append a[YW_ITEMS_MAX];
	size_t at[YW_ITEMS_MAX];		/* where each body begins in `bodies` */
	uint64_t line[YW_ITEMS_MAX];
	bool first[YW_ITEMS_MAX];		/* nothing was registered under the id before */
	struct yw_jurisdiction *codes[YW_ITEMS_MAX];	/* of an audience that is kept as it was; owned */
	struct yw_buf bodies;
	enum yw_code refused;
	bool claimed;
	struct yw_error err;
};

struct import {
	struct yw_service *s;
	uint64_t number;
	struct yw_caller caller;		/* who began it */
	bool busy;				/* a piece is being worked on; under imports_lock */
	int64_t used_ms;
	bool dry_run;
	struct yw_audience audience;		/* of what is new; if it was said, of all */
	bool audience_said;			/* in the question */
	bool corrections;			/* each for whom it must be */
	struct yw_jurisdiction *codes;		/* the audience's, owned, unless they are the mapping's */
	char file[YW_ID_MAX + 1];
	struct yw_mapping *mapping;
	struct yw_import *engine;
	struct yw_view *view;			/* for one piece */
	struct registered before;		/* what stands under the id that the engine asked about last, ... */
	struct yw_audience of_correction;	/* ... and for whom it would be: a correction follows its record */
	struct yw_jurisdiction *correction_codes;
	struct group *group;			/* being filled */
	struct yw_buf findings, rejects;	/* of the piece being worked on */
	struct yw_json json;
	size_t n_notes, left_out;		/* of the piece */
	uint64_t unchanged, would_register, would_change;

	pthread_mutex_t lock;
	pthread_cond_t moved;
	unsigned window;
	uint64_t registered, changed, late_refused;
	uint64_t last_size;			/* own log, just above the last record of the file */
	bool claimed;				/* which is not yet attributable (T8) */
	enum yw_code failed;
	struct yw_error err;
	struct yw_buf late;			/* JSON objects of findings that came with a group's outcome */
};

/* --- findings --- */

static void
put_finding(struct yw_json *j, const struct yw_import_finding *f)
{
	yw_json_object(j, NULL);
	yw_json_uint(j, "line", f->line);
	yw_json_str(j, "column", f->column);
	yw_json_str(j, "field", f->field);
	yw_json_str(j, "value", f->value);
	yw_json_str(j, "reason", f->reason);
	yw_json_str(j, "code", f->code);
	yw_json_bool(j, "refuse", f->refuse);
	yw_json_object_end(j);
}

static enum yw_code
sink_finding(void *arg, const struct yw_import_finding *f, struct yw_error *err)
{
	struct import *imp = arg;

	(void)err;
	if ((!f->refuse && ++imp->n_notes > NOTES_SHOWN_MAX) || imp->findings.len > FINDINGS_BYTES_MAX)
		imp->left_out++;
	else
		put_finding(&imp->json, f);
	return YW_OK;
}

static enum yw_code
sink_reject(void *arg, struct yw_bytes text, struct yw_error *err)
{
	struct import *imp = arg;

	yw_buf_add(&imp->rejects, text.data, text.len);
	return yw_buf_check(&imp->rejects, err);
}

/* --- groups --- */

static void
group_free(struct group *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->n; i++)
		free(g->codes[i]);
	yw_buf_release(&g->bodies);
	free(g);
}

static void
group_apply(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x)
{
	struct group *g = (struct group *)job;

	(void)x;
	g->refused = yw_ledger_append(l, g->a, g->n, &g->err);
	g->claimed = yw_ledger_claimed(l, yw_ledger_own(l));
}

/* One record that the row itself does not forbid.  Under imp->lock. */
static void
late_finding(struct import *imp, uint64_t line, const char *code, const char *reason)
{
	struct yw_import_finding f = {
		.line = line, .refuse = true, .code = code, .column = "", .field = "", .value = "", .reason = reason,
	};
	struct yw_json j;

	if (imp->late.len > 0)
		yw_buf_add_byte(&imp->late, ',');
	yw_json_init(&j, &imp->late);
	put_finding(&j, &f);
	imp->late_refused++;
}

static void
group_done(struct yw_node_job *job, enum yw_code code, const struct yw_error *err)
{
	struct group *g = (struct group *)job;
	struct import *imp = g->imp;

	pthread_mutex_lock(&imp->lock);
	if (code == YW_OK && g->refused != YW_OK) {
		code = g->refused;
		err = &g->err;
	}
	if (code != YW_OK && imp->failed == YW_OK) {
		imp->failed = code;
		imp->err = *err;
	}
	for (size_t i = 0; code == YW_OK && i < g->n; i++) {
		if (g->a[i].code == YW_ENOMEM && imp->failed == YW_OK) {	/* which says nothing about the row */
			imp->failed = YW_ENOMEM;
			imp->err = g->a[i].err;
		}
		if (g->a[i].code != YW_OK) {
			if (g->a[i].code != YW_ENOMEM && !g->a[i].with_next)	/* somebody did it since it was compared */
				late_finding(imp, g->line[i], g->a[i].code == YW_EDENIED ? "erased" : "changed_meanwhile", g->a[i].err.msg);
			continue;
		}
		if (g->a[i].with_next)		/* a withdrawal is no outcome of its own */
			continue;
		imp->registered += g->first[i];
		imp->changed += !g->first[i];
		if (g->a[i].index >= imp->last_size)
			imp->last_size = g->a[i].index + 1;
	}
	imp->claimed = g->claimed;
	imp->window--;
	pthread_cond_signal(&imp->moved);
	pthread_mutex_unlock(&imp->lock);
	group_free(g);
}

/* Waits until at most `most` groups are under way; what the first failure said. */
static enum yw_code
wait_window(struct import *imp, unsigned most, struct yw_error *err)
{
	enum yw_code code;

	pthread_mutex_lock(&imp->lock);
	while (imp->window > most)
		pthread_cond_wait(&imp->moved, &imp->lock);
	code = imp->failed;
	if (code != YW_OK)
		*err = imp->err;
	pthread_mutex_unlock(&imp->lock);
	return code;
}

/* The node's queue may be full of others' work: their completion makes room. */
static enum yw_code
post_group(struct import *imp, struct group *g, struct yw_error *err)
{
	static const struct timespec pause = { 0, 5000000 };
	enum yw_code code;

	for (;;) {
		pthread_mutex_lock(&imp->lock);
		imp->window++;
		pthread_mutex_unlock(&imp->lock);
		code = yw_node_post(imp->s->node, &g->job, err);
		if (code == YW_OK)
			return YW_OK;
		pthread_mutex_lock(&imp->lock);
		imp->window--;
		pthread_mutex_unlock(&imp->lock);
		if (code != YW_ELIMIT) {
			group_free(g);
			return code;
		}
		nanosleep(&pause, NULL);
	}
}

static enum yw_code
flush_group(struct import *imp, struct yw_error *err)
{
	struct group *g = imp->group;
	enum yw_code code;

	imp->group = NULL;
	if (g == NULL)
		return YW_OK;
	for (size_t i = 0; i < g->n; i++) {
		g->a[i].body = (struct yw_bytes) { g->bodies.data + g->at[i],
			(i + 1 < g->n ? g->at[i + 1] : g->bodies.len) - g->at[i] };
		yw_append_check(&g->a[i]);	/* here, and not in the one thread that writes */
	}
	code = wait_window(imp, WINDOW - 1, err);
	if (code != YW_OK) {
		group_free(g);
		return code;
	}
	return post_group(imp, g, err);
}

static enum yw_code
group_room(struct import *imp, size_t n, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	if (imp->group != NULL && imp->group->n + n > YW_ITEMS_MAX)
		code = flush_group(imp, err);
	if (code != YW_OK || imp->group != NULL)
		return code;
	imp->group = calloc(1, sizeof *imp->group);
	if (imp->group == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a group of records");
	imp->group->job.apply = group_apply;
	imp->group->job.done = group_done;
	imp->group->imp = imp;
	return YW_OK;
}

/* The body of what comes next in the group; *codes passes to it, if there are any. */
static void
take_place(struct group *g, const struct yw_import_record *r, const struct yw_audience *audience, struct yw_jurisdiction **codes,
    bool first)
{
	g->at[g->n] = g->bodies.len;
	g->a[g->n].audience = *audience;
	g->codes[g->n] = codes != NULL ? *codes : NULL;
	if (codes != NULL)
		*codes = NULL;
	g->line[g->n] = r->line;
	g->first[g->n] = first;
	g->n++;
}

/* What is registered stays for whom it is, unless the question says.  *codes: those of no more than this record, or NULL. */
static const struct yw_audience *
audience_of(struct import *imp, struct yw_jurisdiction ***codes)
{
	bool keep = imp->before.item.revision > 0 && !imp->audience_said;

	*codes = imp->corrections ? &imp->correction_codes : keep ? &imp->before.codes : NULL;
	return imp->corrections ? &imp->of_correction : keep ? &imp->before.item.audience : &imp->audience;
}

static enum yw_code
add_to_group(struct import *imp, const struct yw_import_record *r, struct yw_error *err)
{
	struct registered *before = &imp->before;
	struct yw_record_stamp stamp = { .revision = before->item.revision + 1, .op = YW_OP_PUT };
	struct yw_jurisdiction **codes;
	const struct yw_audience *audience = audience_of(imp, &codes);
	bool narrows = registered_narrows(imp->s, before, audience);
	enum yw_code code = group_room(imp, narrows ? 2 : 1, err);
	struct group *g = imp->group;

	if (code == YW_OK && narrows) {
		take_place(g, r, &before->item.audience, &before->codes, false);
		g->a[g->n - 1].with_next = true;
		code = registered_withdrawal(before, &g->bodies, err);
		stamp.revision++;
	}
	if (code != YW_OK)
		return code;
	take_place(g, r, audience, codes, before->item.revision == 0);
	code = yw_record_finish(r->body, &stamp, &g->bodies, err);
	return code == YW_OK && g->n == YW_ITEMS_MAX ? flush_group(imp, err) : code;
}

/* Does what is registered now (revision 0: nothing) say the same, to the same? */
static enum yw_code
compare(struct import *imp, struct yw_bytes now, bool *same, struct yw_error *err)
{
	const struct yw_item *item = &imp->before.item;
	struct yw_buf body = YW_BUF_INIT;
	struct yw_jurisdiction **codes;
	enum yw_code code;

	*same = false;
	if (item->revision == 0 || item->op != YW_OP_PUT)
		return YW_OK;
	code = yw_view_body(imp->view, item_log(imp->view, item), item->index, item->item, &body, err);
	if (code == YW_OK)
		*same = yw_record_same_content(yw_buf_bytes(&body), now) && yw_audience_equal(&item->audience, audience_of(imp, &codes));
	yw_buf_release(&body);
	return code;
}

/* V6: a table is imported again by who does not know what was erased of it. */
static enum yw_code
look_up(struct import *imp, const char *id, struct yw_error *err)
{
	enum yw_code code;

	registered_release(&imp->before);
	code = registered_find(imp->view, id, &imp->before, err);
	if (code != YW_OK || !imp->before.item.erased)
		return code;
	code = erased_under(imp->view, &imp->before.item, err);
	return code == YW_ENOENT ? YW_EDENIED : code;
}

/* Of what is registered; again: this file has changed it, and that must be on disk first. */
static enum yw_code
sink_current(void *arg, const char *id, bool again, struct yw_buf *body, struct yw_error *err)
{
	struct import *imp = arg;
	const struct yw_item *item = &imp->before.item;
	enum yw_code code = YW_OK;

	if (again && !imp->dry_run) {
		code = flush_group(imp, err);
		if (code == YW_OK)
			code = wait_window(imp, 0, err);
		yw_view_close(imp->view);
		imp->view = NULL;
		if (code == YW_OK)
			code = yw_view_open(imp->s->ledger, &imp->view, err);
	}
	if (code == YW_OK)
		code = look_up(imp, id, err);
	if (code == YW_OK && (item->revision == 0 || item->op != YW_OP_PUT))
		code = yw_fail(err, YW_ENOENT, "nothing is registered under %s, or it is withdrawn", id);
	if (code == YW_OK)
		code = yw_view_body(imp->view, item_log(imp->view, item), item->index, item->item, body, err);
	return code;
}

/* V5: one request or one answer, which was imported before or may be said now.  What speaks against it speaks against the row. */
static enum yw_code
check_correction(struct import *imp, const char *id, struct yw_bytes body, struct yw_error *err)
{
	const struct yw_item *before = &imp->before.item;
	bool same;
	enum yw_code code;

	free(imp->correction_codes);
	imp->correction_codes = NULL;
	imp->of_correction = before->audience;
	if (before->revision > 0 && before->op == YW_OP_PUT) {
		code = compare(imp, body, &same, err);
		return code != YW_OK || same ? code :
		    yw_fail(err, YW_EINVAL, "'%s' is registered and says something else: nobody asks or answers twice", id);
	}
	code = correction_check(imp->s, id, body, &imp->of_correction, &imp->correction_codes, err);
	return code == YW_ENOENT || code == YW_EDENIED || code == YW_EFORMAT || code == YW_ELIMIT || code == YW_ECONFLICT ? YW_EINVAL : code;
}

static enum yw_code
sink_audience(void *arg, const char *id, struct yw_bytes body, const struct yw_audience **out, struct yw_error *err)
{
	struct import *imp = arg;
	struct yw_jurisdiction **codes;
	enum yw_code code = look_up(imp, id, err);

	if (code == YW_OK && imp->corrections)
		code = check_correction(imp, id, body, err);
	*out = audience_of(imp, &codes);
	return code;
}

static enum yw_code
sink_record(void *arg, const struct yw_import_record *r, struct yw_error *err)
{
	struct import *imp = arg;
	bool same;
	enum yw_code code = compare(imp, r->body, &same, err);

	if (code != YW_OK)
		return code;
	if (same) {
		imp->unchanged++;
		return YW_OK;
	}
	if (imp->dry_run) {
		imp->would_register += imp->before.item.revision == 0;
		imp->would_change += imp->before.item.revision > 0;
		return YW_OK;
	}
	return add_to_group(imp, r, err);
}

/* --- the table of imports --- */

static void
import_free(struct import *imp)
{
	struct yw_error ignored;

	if (imp == NULL)
		return;
	wait_window(imp, 0, &ignored);	/* what failed was told to whoever fed it */
	yw_import_free(imp->engine);
	yw_mapping_free(imp->mapping);
	yw_view_close(imp->view);
	registered_release(&imp->before);
	free(imp->correction_codes);
	group_free(imp->group);
	free(imp->codes);
	yw_buf_release(&imp->findings);
	yw_buf_release(&imp->rejects);
	yw_buf_release(&imp->late);
	pthread_cond_destroy(&imp->moved);
	pthread_mutex_destroy(&imp->lock);
	free(imp);
}

void
imports_release(struct yw_service *s)
{
	for (size_t i = 0; i < YW_IMPORTS_MAX; i++)
		import_free(s->imports[i]);
}

/* Will nobody feed it any more?  Who asks over a network has no process here. */
static bool
is_left(const struct import *imp, int64_t now)
{
	if (imp->busy)
		return false;
	return now - imp->used_ms > IDLE_MS || (imp->caller.pid > 0 && kill(imp->caller.pid, 0) != 0 && errno == ESRCH);
}

/* A free place, or that of an import that was left; NULL: all are in use.  Under imports_lock. */
static struct import **
free_place(struct yw_service *s, struct import **idle)
{
	int64_t now = yw_mono_ms(&s->clock);

	*idle = NULL;
	for (size_t i = 0; i < YW_IMPORTS_MAX; i++)
		if (s->imports[i] == NULL)
			return &s->imports[i];
	for (size_t i = 0; i < YW_IMPORTS_MAX; i++)
		if (is_left(s->imports[i], now)) {
			*idle = s->imports[i];
			s->imports[i] = NULL;
			return &s->imports[i];
		}
	return NULL;
}

static enum yw_code
register_import(struct yw_service *s, struct import *imp, struct yw_error *err)
{
	struct import **place, *idle;

	pthread_mutex_lock(&s->imports_lock);
	place = free_place(s, &idle);
	if (place != NULL) {
		imp->number = s->next_import++;
		imp->used_ms = yw_mono_ms(&s->clock);
		*place = imp;
	}
	pthread_mutex_unlock(&s->imports_lock);
	import_free(idle);
	return place != NULL ? YW_OK : yw_fail(err, YW_ELIMIT, "%d imports are running already: wait for one to end",
	    YW_IMPORTS_MAX);
}

static void
forget(struct import *imp)
{
	struct yw_service *s = imp->s;

	pthread_mutex_lock(&s->imports_lock);
	for (size_t i = 0; i < YW_IMPORTS_MAX; i++)
		if (s->imports[i] == imp)
			s->imports[i] = NULL;
	pthread_mutex_unlock(&s->imports_lock);
}

/* Takes an import for one piece. */
static enum yw_code
take_import(struct yw_service *s, const struct yw_question *q, const json_t *params, struct import **out,
    struct yw_error *err)
{
	uint64_t number;
	enum yw_code code = param_uint(params, "import", 0, INT64_MAX, &number, err);

	if (code != YW_OK)
		return code;
	if (json_object_get(params, "import") == NULL)
		return yw_fail(err, YW_EINVAL, "parameter 'import' is missing");
	code = yw_fail(err, YW_ENOENT, "parameter 'import': there is no import %llu of yours: it ended, or was idle for too long",
	    (unsigned long long)number);
	pthread_mutex_lock(&s->imports_lock);
	for (size_t i = 0; i < YW_IMPORTS_MAX; i++) {
		struct import *imp = s->imports[i];

		if (imp == NULL || imp->number != number || imp->caller.uid != q->caller.uid)
			continue;
		if (imp->busy) {
			code = yw_fail(err, YW_EINVAL, "parameter 'import': a piece of import %llu is still being worked on",
			    (unsigned long long)number);
			break;
		}
		imp->busy = true;
		*out = imp;
		code = YW_OK;
	}
	pthread_mutex_unlock(&s->imports_lock);
	return code;
}

static void
give_back(struct import *imp)
{
	pthread_mutex_lock(&imp->s->imports_lock);
	imp->busy = false;
	imp->used_ms = yw_mono_ms(&imp->s->clock);
	pthread_mutex_unlock(&imp->s->imports_lock);
}

/* --- begin --- */

/* A mapping is named, never a path: the daemon reads only its own directory. */
static int
is_mapping(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > strlen(MAPPING_SUFFIX) && strcmp(e->d_name + n - strlen(MAPPING_SUFFIX), MAPPING_SUFFIX) == 0;
}

/* Names those there are: the mistyped one is likely to be among them. */
static enum yw_code
no_mapping(const char *dir, const char *name, struct yw_error *err)
{
	struct yw_buf names = YW_BUF_INIT;
	struct dirent **found = NULL;
	int n = scandir(dir, &found, is_mapping, alphasort);

	for (int i = 0; i < n; i++) {
		yw_buf_printf(&names, "%s%.*s", i == 0 ? "" : ", ", (int)(strlen(found[i]->d_name) - strlen(MAPPING_SUFFIX)),
		    found[i]->d_name);
		free(found[i]);
	}
	free(found);
	yw_fail(err, YW_ENOENT, "parameter 'mapping': '%s' is none of: %s", name, names.len > 0 ? yw_buf_str(&names) : "nothing: mappings_dir "
	    "has no mappings");
	yw_buf_release(&names);
	return YW_ENOENT;
}

static enum yw_code
load_mapping(struct import *imp, const char *name, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX + YW_ID_MAX];
	enum yw_code code;

	if (*name == '\0' || strlen(name) > YW_LOCAL_ID_MAX ||
	    strspn(name, YW_MAPPING_NAME) != strlen(name))
		return yw_fail(err, YW_EINVAL, "parameter 'mapping': '%.64s' is no name of a mapping (a-z 0-9 _ -)", name);
	snprintf(path, sizeof path, "%s/%s" MAPPING_SUFFIX, imp->s->config->mappings_dir, name);
	code = yw_mapping_read(path, &imp->mapping, err);
	return code == YW_ENOENT ? no_mapping(imp->s->config->mappings_dir, name, err) : code;
}

/* As the question says, else the mapping, else the configuration. */
static enum yw_code
choose_audience(struct import *imp, const json_t *params, struct yw_error *err)
{
	const struct yw_mapping *m = imp->mapping;

	imp->audience_said = json_object_get(params, "class") != NULL;
	imp->corrections = is_correction(yw_kind_parse(m->kind, strlen(m->kind)));
	if (imp->corrections)
		return !imp->audience_said ? YW_OK : yw_fail(err, YW_EINVAL, "parameter 'class': who may see a correction is not chosen, it "
		    "follows the record that it is about, row by row; leave it out");
	if (imp->audience_said)
		return yw_prepare_audience(params, NULL, &imp->audience, &imp->codes, err);
	if (m->audience.cls == 0)
		return default_sharing(imp->s, m->kind, &imp->audience, &imp->codes, err);
	imp->audience = m->audience;
	if (imp->audience.openness == 0)
		imp->audience.openness = YW_OPENNESS_INTERNAL;
	return YW_OK;
}

static enum yw_code
begin(struct import *imp, const json_t *params, struct yw_error *err)
{
	struct yw_import_options options = {
		.code = imp->s->code, .id_key = imp->s->home->id_key,
		.validation = { .divisions = imp->s->divisions, .now_ms = yw_utc_ms(&imp->s->clock), .own = &imp->s->code },
	};
	struct yw_import_sink sink = { imp, sink_record, sink_finding, sink_reject, sink_current, sink_audience };
	const char *mapping, *file;
	struct reach reach;		/* only looked at: the end waits for it */
	enum yw_code code = param_text(params, "mapping", true, &mapping, err);

	if (code == YW_OK)
		code = param_reach(imp->s, params, &reach, err);
	if (code == YW_OK)
		code = param_text(params, "file", false, &file, err);
	if (code == YW_OK)
		snprintf(imp->file, sizeof imp->file, "%s", file != NULL ? file : "-");
	if (code == YW_OK)
		code = param_flag(params, "dry_run", &imp->dry_run, err);
	if (code == YW_OK)
		code = load_mapping(imp, mapping, err);
	if (code == YW_OK)
		code = choose_audience(imp, params, err);
	options.dry_run = imp->dry_run;
	if (code == YW_OK)
		code = yw_import_new(imp->mapping, &options, &sink, &imp->engine, err);
	return code == YW_OK ? register_import(imp->s, imp, err) : code;
}

void
ask_import_begin(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct import *imp = calloc(1, sizeof *imp);
	struct yw_buf out = YW_BUF_INIT;
	struct yw_error err;
	struct yw_json j;
	enum yw_code code;

	if (imp == NULL) {
		yw_fail(&err, YW_ENOMEM, "no memory for an import");
		answer_error(q, YW_ENOMEM, &err);
		return;
	}
	imp->s = s;
	imp->caller = q->caller;
	pthread_mutex_init(&imp->lock, NULL);
	pthread_cond_init(&imp->moved, NULL);
	code = begin(imp, params, &err);
	audit_line(s, q, imp->file[0] != '\0' ? imp->file : "-", code == YW_OK ? "begun" : err.msg);
	if (code != YW_OK) {
		answer_error(q, code, &err);
		import_free(imp);
		return;
	}
	yw_json_init(&j, &out);
	yw_json_object(&j, NULL);
	yw_json_uint(&j, "import", imp->number);
	yw_json_object_end(&j);
	answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
}

/* --- data and end --- */

static void
begin_piece(struct import *imp)
{
	yw_buf_clear(&imp->findings);
	yw_buf_clear(&imp->rejects);
	imp->n_notes = imp->left_out = 0;
	yw_json_init(&imp->json, &imp->findings);
	yw_json_array(&imp->json, NULL);
}

/* Findings of the piece and late ones as one array: the first is complete but for its end. */
static void
put_findings(struct yw_json *j, struct import *imp)
{
	if (imp->late.len > 0 && imp->findings.len > 1)
		yw_buf_add_byte(&imp->findings, ',');
	yw_buf_add(&imp->findings, imp->late.data, imp->late.len);
	yw_buf_add_byte(&imp->findings, ']');
	yw_json_raw(j, "findings", yw_buf_bytes(&imp->findings));
	yw_buf_clear(&imp->late);
}

static void
put_outcome(struct yw_json *j, struct import *imp)
{
	const struct yw_import_counts *c = yw_import_counts(imp->engine);

	pthread_mutex_lock(&imp->lock);
	yw_json_uint(j, "read", c->rows);
	yw_json_uint(j, "registered", imp->dry_run ? imp->would_register : imp->registered);
	yw_json_uint(j, "changed", imp->dry_run ? imp->would_change : imp->changed);
	yw_json_uint(j, "unchanged", imp->unchanged);
	yw_json_uint(j, "repeated", c->repeated);
	yw_json_uint(j, "refused", c->refused + imp->late_refused);
	yw_json_uint(j, "notes", c->notes);
	yw_json_bool(j, "file_refused", c->file_refused);
	yw_json_bool(j, "dry_run", imp->dry_run);
	put_claimed(j, imp->claimed);
	put_findings(j, imp);
	yw_json_uint(j, "findings_left_out", imp->left_out);
	pthread_mutex_unlock(&imp->lock);
}

/* A piece that fails ends its import: what was registered so far stays, and the file may be sent again. */
static void
answer_failed(struct yw_question *q, struct import *imp, enum yw_code code, const struct yw_error *err)
{
	forget(imp);
	audit_line(imp->s, q, imp->file, err->msg);
	import_free(imp);
	answer_error(q, code, err);
}

void
ask_import_data(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_buf out = YW_BUF_INIT, rejects;
	struct yw_error err;
	struct import *imp;
	struct yw_json j;
	enum yw_code code = take_import(s, q, params, &imp, &err);

	if (code != YW_OK) {
		answer_error(q, code, &err);
		return;
	}
	begin_piece(imp);
	code = yw_view_open(s->ledger, &imp->view, &err);
	if (code == YW_OK)
		code = yw_import_feed(imp->engine, q->data, &err);
	yw_view_close(imp->view);
	imp->view = NULL;
	if (code != YW_OK) {
		answer_failed(q, imp, code, &err);
		return;
	}
	yw_json_init(&j, &out);
	yw_json_object(&j, NULL);
	put_outcome(&j, imp);
	yw_json_object_end(&j);
	rejects = imp->rejects;
	yw_buf_init(&imp->rejects);
	give_back(imp);		/* before the answer, upon which the next piece comes */
	answer_json(q, &out, yw_buf_bytes(&rejects));
	yw_buf_release(&rejects);
}

struct ending {			/* waits for others to have what was imported */
	struct yw_node_wait wait;
	struct yw_question *q;
	struct import *imp;
	struct reach reach;
};

/* `not_reached`, unless it is "", says why not what was asked for. */
static void
answer_end(struct yw_question *q, struct import *imp, const char *reached, const char *not_reached)
{
	struct yw_buf out = YW_BUF_INIT;
	struct yw_json j;

	yw_json_init(&j, &out);
	yw_json_object(&j, NULL);
	put_outcome(&j, imp);
	yw_json_str(&j, "reached", reached);
	yw_json_str(&j, "not_reached", not_reached);
	yw_json_object_end(&j);
	audit_line(imp->s, q, imp->file, not_reached[0] == '\0' ? "ended" : not_reached);
	answer_json(q, &out, yw_buf_bytes(&imp->rejects));
	import_free(imp);
}

static void
end_reached(struct yw_node_wait *w, enum yw_code code)
{
	struct ending *e = (struct ending *)w;
	struct yw_error err = { .msg = "" };

	if (code != YW_OK)
		reach_failed(&e->reach, code, "everything is", &err);
	answer_end(e->q, e->imp, code == YW_OK ? reach_word(&e->reach) : "disk", err.msg);
	free(e);
}

/* What is unchanged was registered before: it is to be confirmed too. */
static void
cover_unchanged(struct import *imp)
{
	for (size_t i = 0; i < yw_view_count(imp->view); i++) {
		const struct yw_log_info *log = yw_view_at(imp->view, i);

		if (log->own && log->size > imp->last_size)
			imp->last_size = log->size;
	}
}

/* The rest of the file, and all groups on disk. */
static enum yw_code
finish(struct import *imp, struct yw_error *err)
{
	enum yw_code code, drained;
	struct yw_error ignored;

	begin_piece(imp);
	code = yw_view_open(imp->s->ledger, &imp->view, err);
	if (code == YW_OK)
		code = yw_import_end(imp->engine, err);
	if (code == YW_OK)
		code = flush_group(imp, err);
	drained = wait_window(imp, 0, code == YW_OK ? err : &ignored);
	if (code == YW_OK && drained == YW_OK)
		cover_unchanged(imp);
	return code == YW_OK ? drained : code;
}

static void
wait_for_others(struct yw_question *q, struct import *imp, const struct reach *reach)
{
	struct ending *e = calloc(1, sizeof *e);

	if (e == NULL) {
		answer_end(q, imp, "disk", "there is no memory to wait for others");
		return;
	}
	*e = (struct ending) { .q = q, .imp = imp, .reach = *reach, .wait = { .code = reach->code, .size = imp->last_size,
		.deadline_ms = yw_mono_ms(&yw_clock_real) + reach->timeout_ms, .done = end_reached } };
	yw_node_wait(imp->s->node, &e->wait);
}

void
ask_import_end(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct import *imp;
	struct reach reach;
	struct yw_error err;
	enum yw_code code = param_reach(s, params, &reach, &err);

	if (code == YW_OK)
		code = take_import(s, q, params, &imp, &err);
	if (code != YW_OK) {
		audit_line(s, q, "-", err.msg);
		answer_error(q, code, &err);
		return;
	}
	code = finish(imp, &err);
	forget(imp);
	if (code != YW_OK)
		answer_failed(q, imp, code, &err);
	else if (!reach.asked)
		answer_end(q, imp, "disk", "");
	else if (imp->dry_run)
		answer_end(q, imp, "nothing to wait for", "");
	else
		wait_for_others(q, imp, &reach);
}
