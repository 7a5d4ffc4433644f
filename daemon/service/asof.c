/*
 * asof.c - what counted at a time (R6): as far as a quorum had signed for it by then.
 *
 * There is no trusted clock, so "at T" is answered from what is kept of the past: in each log of a code up to the last beat
 * kept whose quorum time is not after T; and, of a log that was closed, up to its end, if the last such beat of the log in
 * which the closing stands covers it (L10).  Which that was is part of the answer: between two beats that are kept, which
 * are a day apart at least, what came later counts only from the second one on.
 *
 * What is known today of keys and ends counts, not what was known then: a log that was cut is not shown as it was.
 */
#include "service/service_int.h"

enum yw_code
param_at(const json_t *params, struct as_of *out, struct yw_error *err)
{
	const char *text;
	enum yw_code code = param_text(params, "at", false, &text, err);

	*out = (struct as_of) { .asked = code == YW_OK && text != NULL };
	if (!out->asked)
		return code;
	if (!yw_time_parse(text, &out->ms) || out->ms < 0)
		return yw_fail(err, YW_EINVAL, "parameter 'at': '%.40s' is neither a day as 2026-11-24 nor a time as 2026-11-24T08:00:00Z, "
		    "of 1970 or later", text);
	if (json_object_get(params, "id") == NULL)
		return yw_fail(err, YW_EINVAL, "parameter 'at' needs 'id': a place of a log is what it is at all times");
	return YW_OK;
}

/* How far a log counted then. */
struct stand {
	const struct yw_log_info *log;
	uint64_t size, time_s;		/* size 0: nothing of it is shown to have been there */
	const char *closed_by;		/* it is the end at which this code closed it; NULL: it is a beat */
	uint64_t version;		/* of the network file whose quorum that met; 0: the newest (T15) */
};

/* What had its quorum by an older network file stays with who saw it. */
static enum yw_code
find_version(const struct yw_view *v, struct stand *s, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), s->log->origin.text);
	struct yw_beat_verdict verdict = { .met_version = 0 };
	struct yw_buf beat = YW_BUF_INIT;
	enum yw_code code = yw_view_beat(v, s->log, s->size, false, &beat, err);

	if (code == YW_OK && g != NULL)
		code = yw_trust_judge_beat(yw_view_trust(v), g, yw_buf_bytes(&beat), &verdict, err);
	s->version = verdict.met_version;
	yw_buf_release(&beat);
	return code;
}

static enum yw_code
by_beat(const struct yw_view *v, const struct yw_log_info *log, uint64_t time_s, struct stand *out, struct yw_error *err)
{
	struct yw_day beat;
	enum yw_code code = yw_view_quorum_at(v, log, time_s, &beat, err);

	*out = (struct stand) { .log = log };
	if (code == YW_OK) {
		out->size = beat.size;
		out->time_s = beat.quorum_time_s;
		code = find_version(v, out, err);
	}
	return code == YW_ENOENT ? YW_OK : code;
}

/* L10. */
static enum yw_code
by_closing(const struct yw_view *v, uint64_t time_s, struct stand *s, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), s->log->origin.text);
	const struct yw_log_info *issuer = g != NULL && !g->open ? yw_view_log(v, g->closing.place.origin.text) : NULL;
	struct stand closing;
	enum yw_code code = issuer != NULL && s->size < g->end.size ? by_beat(v, issuer, time_s, &closing, err) : YW_ENOENT;

	if (code == YW_OK && closing.size > g->closing.place.index) {
		s->size = g->end.size;
		s->time_s = closing.time_s;
		s->version = closing.version;
		s->closed_by = issuer->code.code;
	}
	return code == YW_ENOENT ? YW_OK : code;
}

static enum yw_code
find_stand(const struct yw_view *v, const struct yw_log_info *log, const struct as_of *at, struct stand *out, struct yw_error *err)
{
	uint64_t time_s = (uint64_t)at->ms / 1000;
	enum yw_code code = by_beat(v, log, time_s, out, err);

	if (code == YW_OK)
		code = by_closing(v, time_s, out, err);
	if (code == YW_OK && out->size > log->size)
		code = yw_fail(err, YW_ENOENT, "the entries of '%s' up to the %llu that counted then are not all here yet", log->origin.text,
		    (unsigned long long)out->size);
	return code;
}

/* --- an item --- */

struct choice {
	const struct yw_view *v;
	const struct as_of *at;
	struct stand stand;		/* of the log of the last item looked at */
	struct yw_item item;
	bool found;
	enum yw_code code;
	struct yw_error err;
};

static bool
counted(struct choice *c, const struct yw_item *item)
{
	const struct yw_log_info *log = item_log(c->v, item);

	if (c->stand.log != log)
		c->code = find_stand(c->v, log, c->at, &c->stand, &c->err);
	return c->code == YW_OK && item->index < c->stand.size;
}

/* Oldest first: the last one that counted is what stood then. */
static bool
choose(void *arg, const struct yw_item *item)
{
	struct choice *c = arg;

	if (counted(c, item)) {
		c->item = *item;
		c->found = true;
	}
	return c->code == YW_OK;
}

/* Nothing is shown of that time: since when is there anything? */
static enum yw_code
nothing_then(const struct yw_view *v, const char *id, const struct as_of *at, struct yw_error *err)
{
	char asked[YW_TIME_TEXT_MAX], first[YW_TIME_TEXT_MAX];
	struct yw_day day, oldest = { 0 };
	size_t n;

	for (size_t i = 0; i < yw_view_count(v); i++) {
		const struct yw_log_info *log = yw_view_at(v, i);
		struct stand s;
		enum yw_code code;

		if (strncmp(id, log->code.code, YW_CODE_DIGITS) != 0)
			continue;
		code = find_stand(v, log, at, &s, err);
		if (code != YW_OK)
			return code;
		if (s.size != 0)
			return yw_fail(err, YW_ENOENT, "'%s': nothing of it is here as of %s: the last beat with quorum kept from before covers %llu "
			    "entries of '%s'", id, yw_time_text(at->ms, asked), (unsigned long long)s.size, log->origin.text);
		code = yw_view_days(v, log, 0, UINT32_MAX, &day, 1, &n, err);
		if (code != YW_OK)
			return code;
		if (n != 0 && (oldest.size == 0 || day.quorum_time_s < oldest.quorum_time_s))
			oldest = day;
	}
	if (oldest.size == 0)
		return yw_fail(err, YW_ENOENT, "no beat of %.6s with quorum is kept here: nothing says what was there at %s", id,
		    yw_time_text(at->ms, asked));
	return yw_fail(err, YW_ENOENT, "no beat of %.6s that had its quorum by %s is kept here: the first is of %s", id,
	    yw_time_text(at->ms, asked), yw_time_text((int64_t)oldest.quorum_time_s * 1000, first));
}

enum yw_code
find_as_of(const struct yw_view *v, const char *id, const struct as_of *at, struct yw_item *out, struct yw_item *later,
    struct yw_error *err)
{
	struct choice c = { .v = v, .at = at };
	enum yw_code code = yw_view_history(v, id, choose, &c, err);

	if (code == YW_OK && c.code == YW_OK && later->id[0] != '\0' && !counted(&c, later))
		later->id[0] = '\0';
	if (code == YW_OK && c.code != YW_OK) {
		*err = c.err;
		code = c.code;
	}
	if (code != YW_OK)
		return code;
	*out = c.item;
	return c.found ? YW_OK : nothing_then(v, id, at, err);
}

enum yw_code
put_as_of(struct yw_json *j, const struct yw_view *v, const struct yw_log_info *of, const struct as_of *at, struct yw_error *err)
{
	char text[YW_TIME_TEXT_MAX];
	struct stand s;
	enum yw_code code;

	if (!at->asked)
		return YW_OK;
	code = find_stand(v, of, at, &s, err);
	yw_json_object(j, "as_of");
	yw_json_str(j, "asked", yw_time_text(at->ms, text));
	if (code == YW_OK) {
		yw_json_str(j, "origin", of->origin.text);
		yw_json_uint(j, "size", s.size);
		yw_json_str(j, "time", yw_time_text((int64_t)s.time_s * 1000, text));
		if (s.closed_by != NULL)
			yw_json_str(j, "closed_by", s.closed_by);
		if (s.version != 0)
			yw_json_uint(j, "network_version", s.version);
	}
	yw_json_object_end(j);
	return code;
}
