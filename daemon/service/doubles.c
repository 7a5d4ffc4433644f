/*
 * doubles.c - what may be registered twice: records in force, under different ids, whose subject has the same number.
 *
 * Both are kept and both count.  Which of two offices has erred, or whether either has, is for people to say: they withdraw
 * one, or say that it replaces the other.
 *
 * No index is kept for it.  All bodies are read twice, in the order in which they lie: first each number makes a mark, then
 * those whose mark was made twice are kept and compared, as far as they count now.  So what it takes is 4 MiB, and what there
 * is of doubles, however many records there are.  (Of 700,000 one in 25 is kept for sharing another one's mark.)
 */
#include <stdlib.h>

#include "record/number.h"
#include "record/record.h"
#include "service/service_int.h"

#define MARKS (1u << 24)	/* a power of two */
#define LIMIT_MAX 1000
#define SHOWN_MAX 16		/* records of one number; of the others it is said how many */

struct row {
	enum yw_kind kind;
	char *number, *id;
	bool stands;		/* it is in force, and for this node to show */
};

struct search {
	struct yw_view *v;
	struct row from;		/* only what comes after that; number "": from the first */
	enum yw_kind kind;		/* NONE: all */
	struct yw_jurisdiction code;	/* one of them is of it; "": of any */
	uint64_t limit;
	uint8_t *once, *twice;		/* MARKS bits each */
	bool again;			/* the second time */
	const struct yw_log_info *log;
	struct row *rows;
	size_t n, cap;
	enum yw_code result;		/* what stopped it */
	struct yw_error err;
};

/* By kind, then number: in this order they are listed. */
static int
compare_subjects(const struct row *a, const struct row *b)
{
	return a->kind != b->kind ? (a->kind > b->kind) - (a->kind < b->kind) : strcmp(a->number, b->number);
}

static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = compare_subjects(x, y);

	return c != 0 ? c : strcmp(x->id, y->id);
}

/* --- reading all there is --- */

static size_t
mark_of(const struct row *r)
{
	struct yw_hasher h;
	struct yw_hash out;

	yw_hasher_init(&h);
	yw_hasher_add(&h, &r->kind, sizeof r->kind);
	yw_hasher_add(&h, r->number, strlen(r->number));
	yw_hasher_end(&h, &out);
	return yw_get_be32(out.b) & (MARKS - 1);
}

static void
make_mark(struct search *se, size_t at)
{
	uint8_t bit = (uint8_t)(1u << (at & 7));

	se->twice[at >> 3] |= se->once[at >> 3] & bit;
	se->once[at >> 3] |= bit;
}

static enum yw_code
keep(struct search *se, const struct row *r, struct yw_error *err)
{
	struct row kept = { .kind = r->kind, .number = strdup(r->number), .id = strdup(r->id) };
	size_t cap = se->n == se->cap ? 2 * se->cap + 64 : se->cap;
	struct row *rows = cap != se->cap ? realloc(se->rows, cap * sizeof *rows) : se->rows;

	if (rows != NULL) {
		se->rows = rows;
		se->cap = cap;
	}
	if (rows == NULL || kept.number == NULL || kept.id == NULL) {
		free(kept.number);
		free(kept.id);
		return yw_fail(err, YW_ENOMEM, "no memory to compare numbers");
	}
	se->rows[se->n++] = kept;
	return YW_OK;
}

/* Those that say what counts now. */
static enum yw_code
keep_current(struct search *se, struct row *r, uint64_t index, uint16_t item, struct yw_bytes body, struct yw_error *err)
{
	struct yw_record record;
	struct yw_item now;
	enum yw_code code = yw_record_read(body, &record, err);

	if (code == YW_OK)
		code = yw_view_current(se->v, record.id_text, &now, err);
	if (code != YW_OK)
		return code == YW_ENOENT || code == YW_EFORMAT ? YW_OK : code;	/* it does not count */
	r->id = record.id_text;
	return now.log == se->log->number && now.index == index && now.item == item && !now.erased ? keep(se, r, err) : YW_OK;
}

static bool
look_at(void *arg, uint64_t index, uint16_t item, struct yw_bytes body)
{
	struct search *se = arg;
	char number[YW_NUMBER_MAX + 1];
	struct row r = { .number = number };
	size_t at;

	if (!yw_record_number(body, &r.kind, number) || (se->kind != YW_KIND_NONE && se->kind != r.kind) ||
	    compare_subjects(&r, &se->from) <= 0)
		return true;
	at = mark_of(&r);
	if (!se->again)
		make_mark(se, at);
	else if ((se->twice[at >> 3] & 1u << (at & 7)) != 0)
		se->result = keep_current(se, &r, index, item, body, &se->err);
	return se->result == YW_OK;
}

static enum yw_code
read_logs(struct search *se, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < yw_view_count(se->v); i++) {
		se->log = yw_view_at(se->v, i);
		code = yw_view_bodies(se->v, se->log, look_at, se, err);
		if (code == YW_OK && se->result != YW_OK) {
			code = se->result;
			*err = se->err;
		}
	}
	return code;
}

static enum yw_code
read_all(struct search *se, struct yw_error *err)
{
	enum yw_code code;

	se->once = calloc(2, MARKS / 8);
	if (se->once == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to compare numbers");
	se->twice = se->once + MARKS / 8;
	code = read_logs(se, err);
	se->again = true;
	if (code == YW_OK)
		code = read_logs(se, err);
	if (se->n > 0)
		qsort(se->rows, se->n, sizeof *se->rows, compare_rows);
	return code;
}

/* --- which of them count --- */

static bool
is_replaced(void *arg, const char *id)
{
	(void)id;
	*(bool *)arg = true;
	return false;
}

/* Not what was changed into another record (T10).  What is only kept here (V4) has no row. */
static enum yw_code
judge(struct search *se, struct row *r, struct yw_error *err)
{
	bool replaced = false;
	enum yw_code code = yw_view_replaced(se->v, r->id, is_replaced, &replaced, err);

	r->stands = !replaced;
	return code;
}

/* --- the answer --- */

static enum yw_code
put_record(struct yw_json *j, const struct search *se, const struct row *r, struct yw_error *err)
{
	struct yw_item item;
	enum yw_code code = yw_view_current(se->v, r->id, &item, err);

	if (code != YW_OK)
		return code;
	yw_json_object(j, NULL);
	yw_json_str(j, "id", r->id);
	yw_json_uint(j, "revision", item.revision);
	yw_json_str(j, "class", class_word(item.audience.cls));
	put_place(j, "place", item_log(se->v, &item)->origin.text, item.index, item.item);
	yw_json_object_end(j);
	return YW_OK;
}

static enum yw_code
put_group(struct yw_json *j, const struct search *se, const struct row *rows, size_t n, size_t stand, struct yw_error *err)
{
	size_t shown = 0;
	enum yw_code code = YW_OK;

	yw_json_object(j, NULL);
	yw_json_str(j, "kind", yw_kind_name(rows->kind));
	yw_json_str(j, "number", rows->number);
	yw_json_array(j, "records");
	for (size_t i = 0; code == YW_OK && i < n && shown < SHOWN_MAX; i++)
		if (rows[i].stands) {
			code = put_record(j, se, &rows[i], err);
			shown++;
		}
	yw_json_array_end(j);
	if (stand > shown)
		yw_json_uint(j, "left_out", stand - shown);
	yw_json_object_end(j);
	return code;
}

/* How many of one number stand; 0: none is of the code that is asked for. */
static enum yw_code
count_standing(struct search *se, struct row *rows, size_t n, size_t *stand, struct yw_error *err)
{
	bool wanted = se->code.code[0] == '\0';
	enum yw_code code = YW_OK;

	*stand = 0;
	for (size_t i = 0; code == YW_OK && n > 1 && i < n; i++) {
		code = judge(se, &rows[i], err);
		*stand += rows[i].stands;
		wanted |= rows[i].stands && strncmp(rows[i].id, se->code.code, YW_CODE_DIGITS) == 0;
	}
	if (!wanted)
		*stand = 0;
	return code;
}

static enum yw_code
put_all(struct yw_json *j, struct search *se, struct yw_error *err)
{
	const struct row *last = NULL;
	enum yw_code code = YW_OK;
	bool more = false;
	size_t groups = 0;

	yw_json_array(j, "items");
	for (size_t i = 0, n; code == YW_OK && !more && i < se->n; i += n) {
		struct row *rows = se->rows + i;
		size_t stand;

		for (n = 1; i + n < se->n && compare_subjects(rows, rows + n) == 0;)
			n++;
		code = count_standing(se, rows, n, &stand, err);
		if (code != YW_OK || stand < 2)
			continue;
		more = groups == se->limit;
		if (more)
			continue;
		code = put_group(j, se, rows, n, stand, err);
		last = rows;
		groups++;
	}
	yw_json_array_end(j);
	if (more) {
		char next[YW_NUMBER_MAX + 64];

		snprintf(next, sizeof next, "%s/%s", yw_kind_name(last->kind), last->number);
		yw_json_str(j, "next", next);
	}
	return code;
}

/* --- the question --- */

static enum yw_code
read_kind(const char *name, const char *text, size_t len, enum yw_kind *out, struct yw_error *err)
{
	*out = yw_kind_parse(text, len);
	return yw_kind_is_numbered(*out) ? YW_OK : yw_fail(err, YW_EINVAL,
	    "parameter '%s': '%.*s' is no kind of record whose number other registries know: contract, institution, broker, achievement",
	    name, (int)(len < 40 ? len : 40), text);
}

/* "<kind>/<number>", as `next` gives it. */
static enum yw_code
read_after(struct search *se, const char *after, char number[static YW_NUMBER_MAX + 1], struct yw_error *err)
{
	size_t kind = strcspn(after, "/");

	if (after[kind] != '/' || strlen(after + kind + 1) > YW_NUMBER_MAX)
		return yw_fail(err, YW_EINVAL, "parameter 'after' is no '<kind>/<number>'");
	snprintf(number, YW_NUMBER_MAX + 1, "%s", after + kind + 1);
	return read_kind("after", after, kind, &se->from.kind, err);
}

static enum yw_code
read_search(struct search *se, const json_t *params, struct yw_error *err)
{
	const char *kind = NULL, *after = NULL;
	enum yw_code code = param_code(params, "code", false, &se->code, err);

	if (code == YW_OK)
		code = param_text(params, "kind", false, &kind, err);
	if (code == YW_OK && kind != NULL)
		code = read_kind("kind", kind, strlen(kind), &se->kind, err);
	if (code == YW_OK)
		code = param_text(params, "after", false, &after, err);
	if (code == YW_OK && after != NULL)
		code = read_after(se, after, se->from.number, err);
	if (code == YW_OK)
		code = param_limit(params, LIMIT_MAX, &se->limit, err);
	return code;
}

static void
search_release(struct search *se)
{
	for (size_t i = 0; i < se->n; i++) {
		free(se->rows[i].number);
		free(se->rows[i].id);
	}
	free(se->rows);
	free(se->once);
	yw_view_close(se->v);
}

void
ask_doubles(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	char after[YW_NUMBER_MAX + 1] = "";
	struct search se = { .from = { .number = after } };
	struct yw_buf out = YW_BUF_INIT;
	struct yw_error err;
	struct yw_json j;
	enum yw_code code = read_search(&se, params, &err);

	if (code == YW_OK)
		code = yw_view_open(s->ledger, &se.v, &err);
	if (code == YW_OK)
		code = read_all(&se, &err);
	if (code == YW_OK) {
		yw_json_init(&j, &out);
		yw_json_object(&j, NULL);
		code = put_all(&j, &se, &err);
		put_through(&j, se.v, "");
		yw_json_object_end(&j);
	}
	if (code == YW_OK)
		answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
	else
		answer_error(q, code, &err);
	yw_buf_release(&out);
	search_release(&se);
}
