/*
 * corrections.c - which requests there are (V5): those that this node made, and those about its records; how each stands.
 *
 * All requests of the network are looked through for them, and others may have made very many: of each only what it is about is
 * read, from its bytes; what it says besides becomes JSON where it is shown, and nowhere else.
 *
 * Both ends count the days alike: from the day after the one that the request's entry claims.
 */
#include <stdlib.h>

#include "base/log.h"
#include "crypto/hash.h"
#include "record/record.h"
#include "record/sharing.h"
#include "service/corrections.h"
#include "service/workdays.h"

#define SOON_DAYS 2		/* working days before a deadline from which on it is said */
#define LIST_MAX 1000
#define LIST_BYTES_MAX (4u << 20)	/* then the rest is asked for: who means ill makes requests as large as records may be */

enum state { OPEN, DUE, OVERDUE, ACCEPTED, REFUSED };

static const char *const state_words[] = { [OPEN] = "open", [DUE] = "due", [OVERDUE] = "overdue", [ACCEPTED] = "accepted",
	[REFUSED] = "refused" };

struct standing {
	struct yw_about c;
	struct yw_buf body;		/* as registered */
	struct yw_about answered;	/* where it is answered: what that speaks of, where it stands, ... */
	struct yw_item by;
	struct yw_buf answer;		/* ... as registered */
	int64_t since, due;		/* days in China */
	enum state state;
};

static void
standing_release(struct standing *st)
{
	yw_buf_release(&st->body);
	yw_buf_release(&st->answer);
}

/* --- one of them --- */

/* YW_ENOENT, YW_EFORMAT: it is none that says what it is about. */
static enum yw_code
read_about(const struct yw_view *v, const struct yw_item *item, enum yw_kind kind, struct yw_buf *body, struct yw_about *out,
    struct yw_error *err)
{
	enum yw_code code = yw_view_body(v, item_log(v, item), item->index, item->item, body, err);

	return code == YW_OK ? yw_about_read(yw_buf_bytes(body), kind, out, err) : code;
}

/* When its entry was signed, as the entry claims. */
static enum yw_code
read_since(const struct yw_view *v, const struct yw_item *item, int64_t *day, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	enum yw_code code = item_entry(v, item, &envelope, &e, err);

	if (code == YW_OK) {
		*day = yw_china_day(e.signed_at_ms);
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	return code;
}

static enum yw_code
read_answer(const struct yw_view *v, const char *request, struct standing *st, struct yw_error *err)
{
	enum yw_code code = find_answer(v, request, st->c.id, &st->by, err);

	if (code == YW_OK)
		code = read_about(v, &st->by, YW_KIND_CORRECTION_ANSWER, &st->answer, &st->answered, err);
	if (code == YW_OK && strcmp(st->answered.id, request) == 0)
		st->state = st->answered.revision != 0 ? ACCEPTED : REFUSED;
	return code == YW_ENOENT || code == YW_EFORMAT ? YW_OK : code;	/* of a newer version, or by another program */
}

static void
judge_time(const struct yw_service *s, struct standing *st)
{
	int64_t today = yw_china_day(yw_utc_ms(&s->clock));

	st->due = yw_workday_after(st->since, (unsigned)s->config->correction_days);
	if (st->state == OPEN && today > st->due)
		st->state = OVERDUE;
	else if (st->state == OPEN && yw_workday_after(today, SOON_DAYS) >= st->due)
		st->state = DUE;
}

/* The rest of it, when body and c are there. */
static enum yw_code
look_at(const struct yw_service *s, const struct yw_view *v, const struct yw_item *item, struct standing *out, struct yw_error *err)
{
	enum yw_code code = read_since(v, item, &out->since, err);

	if (code == YW_OK)
		code = read_answer(v, item->id, out, err);
	if (code == YW_OK)
		judge_time(s, out);
	return code;
}

/* --- all of them --- */

struct scan {
	const struct yw_service *s;
	struct yw_view *v;
	bool (*each)(struct scan *sc, const struct yw_item *item, const struct standing *st);	/* false: stop */
	bool mine, stopped;		/* asked by this node */
	enum yw_code code;
	struct yw_error err;
};

static bool
scan_one(void *arg, const struct yw_item *item)
{
	struct scan *sc = arg;
	struct standing st = { .state = OPEN };
	bool ours;

	if (item->erased || item->op == YW_OP_WITHDRAW)
		return true;
	sc->code = read_about(sc->v, item, YW_KIND_CORRECTION_REQUEST, &st.body, &st.c, &sc->err);
	sc->mine = strncmp(item->id, sc->s->code.code, YW_CODE_DIGITS) == 0;
	ours = sc->code == YW_OK && (sc->mine || answers_for(sc->s, sc->v, st.c.id));
	if (ours)
		sc->code = look_at(sc->s, sc->v, item, &st, &sc->err);
	if (ours && sc->code == YW_OK)
		sc->stopped = !sc->each(sc, item, &st);
	if (sc->code == YW_ENOENT || sc->code == YW_EFORMAT)
		sc->code = YW_OK;
	standing_release(&st);
	return sc->code == YW_OK && !sc->stopped;
}

/* The codes that have logs here, each once, in the order of ids. */
static enum yw_code
list_codes(const struct yw_view *v, struct yw_jurisdiction **out, size_t *n, struct yw_error *err)
{
	size_t count = yw_view_count(v), kept = 0;
	struct yw_jurisdiction *codes = calloc(count + 1, sizeof *codes);

	if (codes == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for the codes of the network");
	for (size_t i = 0; i < count; i++)
		codes[i] = yw_view_at(v, i)->code;
	yw_sharing_sort(codes, count);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || !yw_jurisdiction_equal(&codes[kept - 1], &codes[i]))
			codes[kept++] = codes[i];
	*out = codes;
	*n = kept;
	return YW_OK;
}

static enum yw_code
scan_all(struct scan *sc, const char *after, struct yw_error *err)
{
	struct yw_jurisdiction *codes = NULL;
	char prefix[YW_ID_MAX + 1];
	size_t n = 0;
	enum yw_code code = list_codes(sc->v, &codes, &n, err);

	for (size_t i = 0; code == YW_OK && !sc->stopped && i < n; i++) {
		bool here = strncmp(after, codes[i].code, YW_CODE_DIGITS) == 0;

		if (!here && strcmp(codes[i].code, after) < 0)
			continue;
		snprintf(prefix, sizeof prefix, "%s/%s/", codes[i].code, yw_kind_name(YW_KIND_CORRECTION_REQUEST));
		code = yw_view_list(sc->v, prefix, here ? after : "", scan_one, sc, err);
		if (code == YW_OK && sc->code != YW_OK) {
			code = sc->code;
			*err = sc->err;
		}
	}
	free(codes);
	return code;
}

/* --- counted --- */

struct counting {
	struct scan sc;
	struct correction_counts *to_answer, *asked;
};

static bool
count_one(struct scan *sc, const struct yw_item *item, const struct standing *st)
{
	struct counting *c = (struct counting *)sc;
	struct correction_counts *n = sc->mine ? c->asked : c->to_answer;

	(void)item;
	n->open += st->state == OPEN;
	n->due += st->state == DUE;
	n->overdue += st->state == OVERDUE;
	return true;
}

enum yw_code
count_corrections(const struct yw_service *s, struct correction_counts *to_answer, struct correction_counts *asked,
    struct yw_error *err)
{
	struct counting c = { .sc = { .s = s, .each = count_one }, .to_answer = to_answer, .asked = asked };
	enum yw_code code = yw_view_open(s->ledger, &c.sc.v, err);

	*to_answer = *asked = (struct correction_counts) { 0 };
	if (code == YW_OK)
		code = scan_all(&c.sc, "", err);
	yw_view_close(c.sc.v);
	return code;
}

/* --- said in the log --- */

#define TOLD_MAX 10000		/* so many are open that the log is no place for more */

struct said_of {
	uint64_t request;	/* of the hash of its id */
	enum state said;
};

struct saying {
	struct scan sc;
	struct yw_service *s;
};

static uint64_t
short_hash(const char *id)
{
	struct yw_hash h;
	uint64_t out;

	yw_sha256(id, strlen(id), &h);
	memcpy(&out, h.b, sizeof out);
	return out;
}

/* NULL: nothing was said of it. */
static struct said_of *
find_told(const struct yw_service *s, uint64_t request)
{
	for (size_t i = 0; i < s->n_told; i++)
		if (s->told[i].request == request)
			return &s->told[i];
	return NULL;
}

static void
say_state(const struct standing *st, const char *request, bool mine)
{
	const char *end = mine ? "asked" : "to_answer";
	char due[YW_DAY_TEXT_MAX];

	yw_day_text(st->due, due);
	if (st->state == DUE)
		yw_log(YW_LOG_INFO, "correction-due", "end=%s record='%s' request='%s' due=%s", end, st->c.id, request, due);
	else if (st->state == OVERDUE)
		yw_log(YW_LOG_WARN, "correction-overdue", "end=%s record='%s' request='%s' due=%s", end, st->c.id, request, due);
	else if (mine && st->state > OVERDUE)
		yw_log(YW_LOG_INFO, "correction-answered", "record='%s' request='%s' answer=%s", st->c.id, request,
		    state_words[st->state]);
}

/* Each once in the life of the daemon.  What was answered before it looked is no news. */
static bool
say_one(struct scan *sc, const struct yw_item *item, const struct standing *st)
{
	struct yw_service *s = ((struct saying *)sc)->s;
	uint64_t request = short_hash(item->id);
	struct said_of *told = find_told(s, request);
	char due[YW_DAY_TEXT_MAX];

	if (told == NULL && (st->state > OVERDUE || s->n_told == TOLD_MAX))
		return true;
	if (told == NULL) {
		told = &s->told[s->n_told++];
		*told = (struct said_of) { request, OPEN };
		if (!sc->mine)
			yw_log(YW_LOG_INFO, "correction-asked", "record='%s' request='%s' due=%s: 'yiwang answer' answers it", st->c.id,
			    item->id, yw_day_text(st->due, due));
	}
	if (st->state > told->said) {
		told->said = st->state;
		say_state(st, item->id, sc->mine);
	}
	return true;
}

void
yw_service_say_corrections(struct yw_service *s)
{
	struct saying sa = { .sc = { .s = s, .each = say_one }, .s = s };
	struct yw_error err;
	enum yw_code code = YW_OK;

	if (s->told == NULL)
		s->told = calloc(TOLD_MAX, sizeof *s->told);
	if (s->told == NULL)
		code = yw_fail(&err, YW_ENOMEM, "no memory to remember what was said of corrections");
	if (code == YW_OK)
		code = yw_view_open(s->ledger, &sa.sc.v, &err);
	if (code == YW_OK)
		code = scan_all(&sa.sc, "", &err);
	if (code != YW_OK)
		yw_log(YW_LOG_WARN, "corrections-unread", "%s", err.msg);
	yw_view_close(sa.sc.v);
}

/* --- of one record --- */

struct of_record {
	struct yw_json *j;
	struct yw_view *v;
	const char *record;
	bool any;
	enum yw_code code;
	struct yw_error err;
};

static bool
put_of_record(void *arg, const struct yw_item *item)
{
	struct of_record *o = arg;
	struct standing st = { .state = OPEN };

	if (item->erased || item->op == YW_OP_WITHDRAW)
		return true;
	o->code = read_about(o->v, item, YW_KIND_CORRECTION_REQUEST, &st.body, &st.c, &o->err);
	if (o->code == YW_OK && strcmp(st.c.id, o->record) == 0)
		o->code = read_answer(o->v, item->id, &st, &o->err);
	if (o->code == YW_OK && st.state == OPEN && strcmp(st.c.id, o->record) == 0) {
		if (!o->any)
			yw_json_array(o->j, "corrections");
		o->any = true;
		yw_json_str(o->j, NULL, item->id);
	}
	if (o->code == YW_ENOENT || o->code == YW_EFORMAT)
		o->code = YW_OK;
	standing_release(&st);
	return o->code == YW_OK;
}

enum yw_code
put_corrections_of(struct yw_json *j, struct yw_view *v, const char *id, struct yw_error *err)
{
	struct of_record o = { .j = j, .v = v, .record = id };
	struct yw_jurisdiction *codes = NULL;
	char prefix[YW_ID_MAX + 1];
	size_t n = 0;
	enum yw_code code = list_codes(v, &codes, &n, err);

	for (size_t i = 0; code == YW_OK && i < n; i++) {
		yw_request_prefix(&codes[i], id, prefix);
		code = yw_view_list(v, prefix, "", put_of_record, &o, err);
		if (code == YW_OK && o.code != YW_OK) {
			code = o.code;
			*err = o.err;
		}
	}
	if (o.any)
		yw_json_array_end(j);
	free(codes);
	return code;
}

static void
put_text(struct yw_json *j, const char *key, const json_t *in, const char *member)
{
	const char *text = json_string_value(json_object_get(in, member));

	if (text != NULL)
		yw_json_str(j, key, text);
}

/* The reason under that key, of one that is accepted the revision too. */
static enum yw_code
put_outcome(struct yw_json *j, const struct standing *st, const char *reason, struct yw_error *err)
{
	json_t *answer;
	enum yw_code code = yw_record_load(yw_buf_bytes(&st->answer), &answer, err);

	if (st->state == ACCEPTED)
		yw_json_uint(j, "accepted_revision", st->answered.revision);
	put_text(j, reason, json_object_get(answer, yw_kind_name(YW_KIND_CORRECTION_ANSWER)), "reason");
	json_decref(answer);
	return code;
}

enum yw_code
put_answer_to(struct yw_json *j, const struct yw_view *v, const char *request, struct yw_bytes body, struct yw_error *err)
{
	struct standing st = { .state = OPEN };
	char day[YW_DAY_TEXT_MAX], owner[YW_CODE_DIGITS + 1];
	enum yw_code code = yw_about_read(body, YW_KIND_CORRECTION_REQUEST, &st.c, err);

	if (code == YW_EFORMAT)
		return YW_OK;
	code = read_answer(v, request, &st, err);
	if (code == YW_OK && st.state != OPEN)
		code = read_since(v, &st.by, &st.since, err);
	if (code == YW_OK && st.state != OPEN) {
		yw_json_object(j, "answer");
		yw_json_str(j, "id", st.by.id);
		snprintf(owner, sizeof owner, "%.6s", st.by.id);
		yw_json_str(j, "by", owner);
		yw_json_str(j, "on", yw_day_text(st.since, day));
		yw_json_str(j, "state", state_words[st.state]);
		code = put_outcome(j, &st, "reason", err);
		yw_json_object_end(j);
	}
	standing_release(&st);
	return code;
}

/* --- listed --- */

struct listing {
	struct scan sc;
	struct yw_json j;
	enum state least, most;		/* what is shown */
	size_t n, limit;
	bool more;
	char last[YW_ID_MAX + 1];
};

static void
put_points(struct yw_json *j, const json_t *points)
{
	yw_json_array(j, "points");
	for (size_t i = 0; i < json_array_size(points); i++) {
		const json_t *point = json_array_get(points, i);

		yw_json_object(j, NULL);
		put_text(j, "field", point, "field");
		put_text(j, "proposed", point, "proposed");
		put_text(j, "reason", point, "reason");
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
}

static void
put_request(struct yw_json *j, const char *id, bool mine, const struct standing *st, const json_t *content)
{
	char day[YW_DAY_TEXT_MAX], code[YW_CODE_DIGITS + 1];

	yw_json_str(j, "id", id);
	yw_json_str(j, "end", mine ? "asked" : "to_answer");
	snprintf(code, sizeof code, "%.6s", id);
	yw_json_str(j, "by", code);
	yw_json_str(j, "record", st->c.id);
	yw_json_uint(j, "revision", st->c.revision);
	put_points(j, json_object_get(content, "points"));
	put_text(j, "reason", content, "reason");
	yw_json_str(j, "since", yw_day_text(st->since, day));
	yw_json_str(j, "due_on", yw_day_text(st->due, day));
	yw_json_str(j, "state", state_words[st->state]);
}

static enum yw_code
put_standing(struct yw_json *j, const char *id, bool mine, const struct standing *st, struct yw_error *err)
{
	json_t *request;
	enum yw_code code = yw_record_load(yw_buf_bytes(&st->body), &request, err);

	yw_json_object(j, NULL);
	put_request(j, id, mine, st, json_object_get(request, yw_kind_name(YW_KIND_CORRECTION_REQUEST)));
	if (code == YW_OK && st->state >= ACCEPTED)
		code = put_outcome(j, st, "answer", err);
	yw_json_object_end(j);
	json_decref(request);
	return code;
}

static bool
list_one(struct scan *sc, const struct yw_item *item, const struct standing *st)
{
	struct listing *l = (struct listing *)sc;

	if (st->state < l->least || st->state > l->most)
		return true;
	l->more = l->n == l->limit || l->j.out->len > LIST_BYTES_MAX;
	if (l->more)
		return false;
	sc->code = put_standing(&l->j, item->id, sc->mine, st, &sc->err);
	memcpy(l->last, item->id, sizeof l->last);
	l->n++;
	return sc->code == YW_OK;
}

static enum yw_code
read_listing(struct listing *l, const json_t *params, const char **after, struct yw_error *err)
{
	static const struct { const char *word; enum state least, most; } all[] = {
		{ "open", OPEN, OVERDUE }, { "due", DUE, OVERDUE }, { "overdue", OVERDUE, OVERDUE }, { "all", OPEN, REFUSED },
	};
	const char *word;
	uint64_t limit;
	size_t i = 0;
	enum yw_code code = param_text(params, "state", false, &word, err);

	if (code == YW_OK)
		code = param_text(params, "after", false, after, err);
	if (code == YW_OK)
		code = param_limit(params, LIST_MAX, &limit, err);
	if (code != YW_OK)
		return code;
	while (word != NULL && i < 4 && strcmp(all[i].word, word) != 0)
		i++;
	if (i == 4)
		return yw_fail(err, YW_EINVAL, "parameter 'state' is open, due, overdue or all");
	l->least = all[i].least;
	l->most = all[i].most;
	l->limit = limit;
	return YW_OK;
}

void
ask_corrections(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct listing l = { .sc = { .s = s, .each = list_one } };
	struct yw_buf out = YW_BUF_INIT;
	const char *after = NULL;
	struct yw_error err;
	enum yw_code code = read_listing(&l, params, &after, &err);

	if (code == YW_OK)
		code = yw_view_open(s->ledger, &l.sc.v, &err);
	if (code == YW_OK) {
		yw_json_init(&l.j, &out);
		yw_json_object(&l.j, NULL);
		yw_json_array(&l.j, "items");
		code = scan_all(&l.sc, after != NULL ? after : "", &err);
		yw_json_array_end(&l.j);
		if (l.more)
			yw_json_str(&l.j, "next", l.last);
		put_through(&l.j, l.sc.v, "");
		yw_json_object_end(&l.j);
	}
	if (code == YW_OK)
		answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
	else
		answer_error(q, code, &err);
	yw_buf_release(&out);
	yw_view_close(l.sc.v);
}
