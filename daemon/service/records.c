/*
 * records.c - reading: one record with what it rests on, evidence of records and of contradictions.
 */
#include <stdlib.h>

#include "record/record.h"
#include "service/corrections.h"
#include "trust/evidence.h"

/* --- get --- */

struct found {
	struct yw_view *v;
	struct place at;
	struct as_of as_of;
	struct yw_item later;		/* said after it, in a way that only a newer version can apply; id "": none */
	struct yw_buf body, envelope;	/* body: empty where it is not here */
	struct yw_entry entry;
	bool have_entry;
};

static void
found_release(struct found *f)
{
	if (f->have_entry)
		yw_entry_release(&f->entry);
	yw_buf_release(&f->body);
	yw_buf_release(&f->envelope);
	yw_view_close(f->v);
}

static bool
said_after(const struct yw_item *a, const struct yw_item *b)
{
	if (a->generation != b->generation)
		return a->generation > b->generation;
	return a->order != b->order ? a->order > b->order : a->item > b->item;
}

/* What counts now, or counted then. */
static enum yw_code
find_item(struct yw_service *s, const char *id, struct found *f, struct yw_error *err)
{
	enum yw_code code = yw_view_later(f->v, id, &f->later, err);
	bool later = code == YW_OK;
	struct yw_item now;

	if (code != YW_OK && code != YW_ENOENT)
		return code;
	code = f->as_of.asked ? find_as_of(f->v, id, &f->as_of, &now, &f->later, err) : yw_view_current(f->v, id, &now, err);
	if (code != YW_OK && f->as_of.asked)
		return code;
	if (code == YW_ENOENT && later)
		return yw_fail(err, YW_EFORMAT, "'%s' is held here, and takes a newer version of yiwang to be shown", id);
	if (code != YW_OK)
		return code == YW_ENOENT ? nothing_under(s, f->v, id, err) : code;
	if (later && !said_after(&f->later, &now))
		f->later.id[0] = '\0';
	if (now.erased)
		return erased_under(f->v, &now, err);
	f->at = (struct place) { .log = item_log(f->v, &now), .index = now.index, .item = now.item, .state = YW_BODY_HELD };
	return YW_OK;
}

/* By id what counts now; or any place of a log. */
static enum yw_code
find_place(struct yw_service *s, const json_t *params, struct found *f, struct yw_error *err)
{
	const char *id;
	enum yw_code code;

	if (json_object_get(params, "id") == NULL && json_object_get(params, "log") != NULL)
		return param_place(params, f->v, &f->at, err);
	code = param_id(params, "id", &id, err);
	for (const char *const *n = (const char *const[]) { "log", "index", "item", NULL }; code == YW_OK && *n != NULL; n++)
		if (json_object_get(params, *n) != NULL)
			code = yw_fail(err, YW_EINVAL, "parameter '%s' does not go with 'id'", *n);
	return code == YW_OK ? find_item(s, id, f, err) : code;
}

/* The record with its entry, signature and key checked once more on the way out. */
static enum yw_code
find(struct yw_service *s, const json_t *params, struct found *f, struct yw_error *err)
{
	const struct yw_generation *g;
	enum yw_code code;

	*f = (struct found) { .body = YW_BUF_INIT, .envelope = YW_BUF_INIT };
	code = yw_view_open(s->ledger, &f->v, err);
	if (code == YW_OK)
		code = param_at(params, &f->as_of, err);
	if (code == YW_OK)
		code = find_place(s, params, f, err);
	if (code == YW_OK && f->at.state == YW_BODY_HELD)
		code = yw_view_body(f->v, f->at.log, f->at.index, f->at.item, &f->body, err);
	if (code == YW_OK)
		code = yw_view_entry(f->v, f->at.log, f->at.index, &f->envelope, err);
	if (code == YW_OK)
		code = yw_entry_read(f->at.log->origin.text, yw_buf_bytes(&f->envelope), &f->entry, err);
	if (code != YW_OK)
		return code;
	f->have_entry = true;
	code = yw_entry_verify(&f->entry, err);
	g = yw_view_generation(f->v, f->at.log);
	if (code == YW_OK && (g == NULL ||
	    !yw_trust_may_sign(yw_view_trust(f->v), g, f->at.index, &f->entry.signer, NULL)))
		code = yw_fail(err, YW_ESIG, "the key that signed entry %llu of '%s' was not valid there",
		    (unsigned long long)f->at.index, f->at.log->origin.text);
	return code;
}

/* Codes from the first node down to the log's owner. */
static void
put_via(struct yw_json *j, const struct found *f)
{
	const struct yw_trust *t = yw_view_trust(f->v);
	const struct yw_generation *g = yw_trust_origin(t, f->at.log->origin.text);
	const char *up[YW_CHAIN_LINKS_MAX + 1];
	size_t n = 0;

	for (; g != NULL && n <= YW_CHAIN_LINKS_MAX; n++) {
		up[n] = g->code.code;
		g = g->issuer.code[0] != '\0' ? yw_trust_origin(t, g->delegation.origin.text) : NULL;
	}
	yw_json_array(j, "via");
	while (n > 0)
		yw_json_str(j, NULL, up[--n]);
	yw_json_array_end(j);
}

static bool
put_replacing(void *arg, const char *id)
{
	yw_json_str(arg, NULL, id);
	return true;
}

/* What was merged into another jurisdiction goes on there under other ids (T10); who holds it to be wrong has said so, or has
 * been answered (V5). */
static enum yw_code
put_said_since(struct yw_json *j, const struct found *f, struct yw_error *err)
{
	struct yw_record r;
	enum yw_code code = yw_record_read(yw_buf_bytes(&f->body), &r, err);

	yw_json_array(j, "replaced_by");
	if (code == YW_OK)
		code = yw_view_replaced(f->v, r.id_text, put_replacing, j, err);
	yw_json_array_end(j);
	if (code == YW_OK)
		code = put_corrections_of(j, f->v, r.id_text, err);
	return code == YW_OK ? put_answer_to(j, f->v, r.id_text, yw_buf_bytes(&f->body), err) : code;
}

void
put_doubt(struct yw_json *j, const struct yw_view *v, const struct yw_log_info *log, uint64_t index)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), log->origin.text);

	if (g != NULL && !g->open && g->closing.doubted && index >= g->closing.doubted_from)
		yw_json_str(j, "doubted_by", g->closing.issuer.code[0] != '\0' ? g->closing.issuer.code : "root");
}

/* What the record names: divisions, and other records as they stand today. */
static enum yw_code
put_named(struct yw_json *j, const struct yw_service *s, const struct found *f, struct yw_bytes record, struct yw_error *err)
{
	json_t *json;
	enum yw_code code = yw_json_parse(record, &json, err);

	if (code != YW_OK)
		return code;
	put_divisions(j, s, yw_view_trust(f->v), json);
	code = put_references(j, f->v, json, err);
	json_decref(json);
	return code;
}

static enum yw_code
put_found(struct yw_json *j, const struct yw_service *s, const struct found *f, struct yw_bytes record, struct yw_error *err)
{
	char at[YW_TIME_TEXT_MAX];
	enum yw_code code;

	yw_json_object(j, NULL);
	yw_json_raw(j, "record", record);
	yw_prepare_audience_json(j, &f->entry.audience);
	put_place(j, "place", f->at.log->origin.text, f->at.index, f->at.item);
	if (f->later.id[0] != '\0')
		put_place(j, "later", item_log(f->v, &f->later)->origin.text, f->later.index, f->later.item);
	put_doubt(j, f->v, f->at.log, f->at.index);
	put_recovery(j, f->v, f->at.log);
	code = put_named(j, s, f, record, err);
	if (code != YW_OK)
		return code;
	code = f->as_of.asked ? put_as_of(j, f->v, f->at.log, &f->as_of, err) : put_said_since(j, f, err);
	yw_json_hex(j, "sha256", (struct yw_bytes) { f->entry.hashes[f->at.item].b, YW_HASH_BYTES });
	yw_json_str(j, "signed_at", yw_time_text(f->entry.signed_at_ms, at));
	yw_json_hex(j, "signer", (struct yw_bytes) { f->entry.signer.b, sizeof f->entry.signer.b });
	yw_json_str(j, "signature", "verified");
	put_via(j, f);
	yw_json_object(j, "log");
	yw_json_uint(j, "size", f->at.log->size);
	yw_json_hex(j, "root", (struct yw_bytes) { f->at.log->root.b, sizeof f->at.log->root.b });
	put_beats(j, f->at.log);
	yw_json_object_end(j);
	yw_json_object_end(j);
	return code;
}

void
ask_get(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_buf out = YW_BUF_INIT, record = YW_BUF_INIT;
	struct yw_error err;
	struct found f = { .v = NULL };
	struct yw_json j;
	enum yw_code code = find(s, params, &f, &err);

	if (code == YW_OK)
		code = place_lacks(&f.at, &f.entry.audience, &err);
	if (code == YW_OK)
		code = yw_record_to_json(yw_buf_bytes(&f.body), &record, &err);
	if (code == YW_OK) {
		yw_json_init(&j, &out);
		code = put_found(&j, s, &f, yw_buf_bytes(&record), &err);
	}
	if (code == YW_OK)
		answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
	else
		answer_error(q, code, &err);
	yw_buf_release(&out);
	yw_buf_release(&record);
	found_release(&f);
}

/* --- evidence --- */

static void
put_entry(struct yw_json *j, const char *name, const struct yw_entry_place *place)
{
	yw_json_object(j, name);
	yw_json_str(j, "origin", place->origin.text);
	yw_json_uint(j, "index", place->index);
	yw_json_object_end(j);
}

/* T12: where none has its quorum, one that had it when this node saw it. */
static enum yw_code
prefer_met(const struct found *f, struct yw_buf *out, bool *seen, struct yw_error *err)
{
	const struct yw_trust *t = yw_view_trust(f->v);
	struct yw_buf met = YW_BUF_INIT, swap = *out;
	struct yw_beat_verdict verdict;
	enum yw_code code = yw_view_met(f->v, f->at.log, f->at.index + 1, &met, err);

	if (code == YW_OK)
		code = yw_trust_judge_beat(t, yw_trust_origin(t, f->at.log->origin.text), yw_buf_bytes(&met), &verdict, err);
	*seen = code == YW_OK && verdict.head.size <= f->at.log->size;
	if (*seen) {
		*out = met;
		met = swap;
	}
	yw_buf_release(&met);
	return code == YW_ENOENT ? YW_OK : code;
}

/* The smallest kept beat above the entry that has quorum; without one, the smallest at all. */
static enum yw_code
choose_beat(const struct found *f, struct yw_buf *out, bool *quorum, bool *seen, struct yw_error *err)
{
	const struct yw_trust *t = yw_view_trust(f->v);
	const struct yw_generation *g = yw_trust_origin(t, f->at.log->origin.text);
	uint64_t min = f->at.index + 1;
	struct yw_beat_verdict verdict;
	enum yw_code code;

	*quorum = *seen = false;
	if (g == NULL)
		return yw_fail(err, YW_ENOENT, "the log '%s' is not yet attributable, and proves nothing to others before it is: see "
		    "'yiwang status'", f->at.log->origin.text);
	for (;;) {
		struct yw_buf beat = YW_BUF_INIT;

		code = yw_view_beat(f->v, f->at.log, min, false, &beat, err);
		if (code == YW_OK)
			code = yw_trust_judge_beat(t, g, yw_buf_bytes(&beat), &verdict, err);
		if (code == YW_OK && verdict.head.size > f->at.log->size)
			code = YW_ENOENT;	/* its entries are not all here: nothing can be proven into it */
		if (code == YW_OK)
			*quorum = verdict.quorum == YW_QUORUM_MET;
		if (code == YW_OK && (*quorum || out->len == 0)) {
			yw_buf_clear(out);
			yw_buf_add(out, beat.data, beat.len);
			code = yw_buf_check(out, err);
		}
		yw_buf_release(&beat);
		if (code != YW_OK || *quorum)
			break;
		min = verdict.head.size + 1;
	}
	if (out->len > 0 && (code == YW_OK || code == YW_ENOENT))
		return *quorum ? YW_OK : prefer_met(f, out, seen, err);
	if (code == YW_ENOENT && !g->open && f->at.index < g->closing.head.size)
		return YW_OK;		/* the closing stands for it (L10) */
	return code == YW_ENOENT ? yw_fail(err, code, "the log '%s' has no beat yet that covers entry %llu: try again in a "
	    "moment", f->at.log->origin.text, (unsigned long long)f->at.index) : code;
}

static enum yw_code
make_evidence(const struct found *f, struct yw_bytes beat, bool seen, struct yw_buf *out, struct yw_error *err)
{
	struct yw_evidence_subject s = { .origin = f->at.log->origin, .index = f->at.index, .item = f->at.item,
		.beat = beat, .met_when_seen = seen };
	struct yw_log_reader reader;
	enum yw_code code = yw_view_foreign_beat(f->v, f->at.log, f->at.index, &s.foreign_index, err);

	if (f->at.state == YW_BODY_HELD)
		s.body = yw_buf_bytes(&f->body);
	s.has_foreign = code == YW_OK;
	if (code != YW_OK && code != YW_ENOENT)
		return code;
	yw_view_reader(f->v, &reader);
	return yw_evidence_make(yw_view_trust(f->v), &s, &reader, out, err);
}

void
ask_evidence(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_buf out = YW_BUF_INIT, beat = YW_BUF_INIT, evidence = YW_BUF_INIT;
	struct found f = { .v = NULL };
	struct yw_error err;
	struct yw_json j;
	bool quorum = false, seen = false;
	enum yw_code code = find(s, params, &f, &err);

	if (code == YW_OK && f.at.state != YW_BODY_WITHHELD && f.at.state != YW_BODY_KEPT && f.at.state != YW_BODY_LOST && f.at.state != YW_BODY_ERASED)
		code = place_lacks(&f.at, &f.entry.audience, &err);
	if (code == YW_OK)
		code = choose_beat(&f, &beat, &quorum, &seen, &err);
	if (code == YW_OK)
		code = make_evidence(&f, yw_buf_bytes(&beat), seen, &evidence, &err);
	if (code == YW_OK) {
		yw_json_init(&j, &out);
		yw_json_object(&j, NULL);
		yw_json_str(&j, "origin", f.at.log->origin.text);
		yw_json_uint(&j, "index", f.at.index);
		yw_json_uint(&j, "item", f.at.item);
		yw_json_bool(&j, "quorum", quorum);
		yw_json_bool(&j, "met_when_seen", seen);
		yw_json_str(&j, "body", body_state_word(f.at.state));
		if (f.at.state == YW_BODY_LOST)
			put_entry(&j, "lost_by", &f.at.absent.by);
		if (f.at.state == YW_BODY_ERASED)
			put_entry(&j, "erased_by", &f.at.absent.by);
		code = put_as_of(&j, f.v, f.at.log, &f.as_of, &err);
		yw_json_object_end(&j);
	}
	if (code == YW_OK) {
		answer_json(q, &out, yw_buf_bytes(&evidence));
	} else {
		answer_error(q, code, &err);
	}
	yw_buf_release(&beat);
	yw_buf_release(&evidence);
	found_release(&f);
}

/* --- contradictions: of an owner (L6), an issuer (T11), the root keys (T1) --- */

static enum yw_code
make_heads(const struct yw_view *v, const struct yw_log_info *log, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_trust *t = yw_view_trust(v);
	struct yw_buf heads = YW_BUF_INIT;
	struct yw_contradiction c;
	struct yw_log_reader reader;
	enum yw_code code = yw_view_contradiction(v, log, 0, &heads, &c, err);

	yw_view_reader(v, &reader);
	if (code == YW_OK)
		code = yw_contradiction_make(t, yw_trust_origin(t, log->origin.text), &c, &reader, out, err);
	yw_buf_release(&heads);
	return code;
}

static enum yw_code
make_roster(const struct yw_view *v, const struct yw_log_info *log, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_trust *t = yw_view_trust(v);
	struct yw_log_reader reader;

	yw_view_reader(v, &reader);
	return yw_roster_contradiction_make(t, yw_trust_origin(t, log->origin.text), &reader, out, err);
}

/* From another root than the smaller head's to the larger one: by the copy here, if that is the larger one's. */
static enum yw_code
prove_apart(const struct yw_view *v, const struct yw_log_info *log, struct yw_void_closing *c, struct yw_error *err)
{
	const struct yw_tree_head *a = &c->asked.head, *b = &c->asked.beat;
	const struct yw_tree_head *small = a->size < b->size ? a : b, *large = small == a ? b : a;
	struct yw_view_tiles self;
	struct yw_tile_reader tiles;
	struct yw_hash mine;
	enum yw_code code;

	if (a->size == b->size)
		return YW_OK;
	yw_view_tiles(v, log, &self, &tiles);
	code = large->size > log->size ? YW_ENOENT : yw_root_at(&tiles, large->size, &mine, err);
	if (code == YW_ENOENT || (code == YW_OK && !yw_hash_equal(&mine, &large->root)))
		return yw_fail(err, YW_ENOENT, "the copy of '%s' here is on the smaller one's branch: ask a node that has the other", log->origin.text);
	if (code == YW_OK)
		code = yw_root_at(&tiles, small->size, &c->instead, err);
	return code == YW_OK ? yw_prove_consistency(&tiles, small->size, large->size, &c->consistency, err) : code;
}

/* A closing in a log of that code which a beat with quorum makes void (T7).  YW_ENOENT: there is none. */
static enum yw_code
make_void(const struct yw_view *v, const struct yw_jurisdiction *whose, const char **origin, struct yw_buf *out,
    struct yw_error *err)
{
	const struct yw_trust *t = yw_view_trust(v);
	struct yw_void_closing c = { .consistency = { .n = 0 } };
	const struct yw_log_info *log = NULL;
	struct yw_buf beat = YW_BUF_INIT;
	struct yw_log_reader reader;
	enum yw_code code;

	for (size_t i = 0; log == NULL && i < yw_trust_n_asked(t); i++) {
		const struct yw_generation *by = yw_trust_origin(t, yw_trust_asked(t, i)->place.origin.text);

		c.asked = *yw_trust_asked(t, i);
		if (c.asked.is_void && by != NULL && yw_jurisdiction_equal(&by->code, whose))
			log = yw_view_log(v, c.asked.origin.text);
		*origin = by != NULL ? by->origin.text : "";
	}
	if (log == NULL)
		return YW_ENOENT;
	code = yw_view_beat(v, log, c.asked.beat.size, false, &beat, err);
	if (code == YW_OK)
		code = prove_apart(v, log, &c, err);
	if (code == YW_OK) {
		c.beat = yw_buf_bytes(&beat);
		yw_view_reader(v, &reader);
		code = yw_closing_contradiction_make(t, &c, &reader, out, err);
	}
	yw_buf_release(&beat);
	return code == YW_ENOENT ? yw_fail(err, YW_EINVAL, "the closing of '%s' is void, and cannot be proven from what is here: %.120s",
	    c.asked.origin.text, err->msg) : code;
}

/* Of a log of that code, whose owner has said two things, or whose roster does not say what it says. */
static enum yw_code
make_contradiction(const struct yw_view *v, const struct yw_jurisdiction *whose, const char **origin, struct yw_buf *out,
    struct yw_error *err)
{
	enum yw_code code = make_void(v, whose, origin, out, err);

	if (code != YW_ENOENT)
		return code;
	for (size_t i = 0; i < yw_view_count(v); i++) {
		const struct yw_log_info *log = yw_view_at(v, i);
		const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), log->origin.text);

		if (g == NULL || !yw_jurisdiction_equal(&log->code, whose))
			continue;
		*origin = log->origin.text;
		if (log->frozen)
			return make_heads(v, log, out, err);
		if (yw_trust_roster_fault(yw_view_trust(v), g, &(uint64_t) { 0 }))
			return make_roster(v, log, out, err);
	}
	return yw_fail(err, YW_ENOENT, "no log of %s contradicts itself, as far as this node knows", whose->code);
}

void
ask_contradiction(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_buf out = YW_BUF_INIT, file = YW_BUF_INIT;
	bool of_network = json_is_true(json_object_get(params, "network"));
	struct yw_jurisdiction whose = { "" };
	const char *origin = "";
	struct yw_view *v = NULL;
	struct yw_error err;
	struct yw_json j;
	enum yw_code code = param_code(params, "code", !of_network, &whose, &err);

	if (code == YW_OK && of_network && whose.code[0] != '\0')
		code = yw_fail(&err, YW_EINVAL, "parameter 'code' does not go with 'network'");
	if (code == YW_OK)
		code = yw_view_open(s->ledger, &v, &err);
	if (code == YW_OK)
		code = of_network ? yw_network_contradiction_make(yw_view_trust(v), &file, &err) :
		    make_contradiction(v, &whose, &origin, &file, &err);
	if (code == YW_OK) {
		yw_json_init(&j, &out);
		yw_json_object(&j, NULL);
		yw_json_str(&j, "origin", origin);
		yw_json_object_end(&j);
		answer_json(q, &out, yw_buf_bytes(&file));
	} else {
		answer_error(q, code, &err);
	}
	yw_buf_release(&file);
	yw_buf_release(&out);
	yw_view_close(v);
}
