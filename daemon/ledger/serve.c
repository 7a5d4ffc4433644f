/*
 * serve.c - what a peer is given: packages with their proofs, and bodies it may have.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "ledger/ledger_int.h"

#define ENTRY_OVERHEAD 16		/* tags and lengths around an envelope or body in a message */

void
yw_serving_release(struct yw_serving *s)
{
	yw_buf_release(&s->bytes);
	yw_buf_release(&s->head);
	free(s->bodies);
	free(s->changes);
	free(s->admitted);
	s->bodies = NULL;
	s->changes = s->admitted = NULL;
	s->n_bodies = s->n_entries = s->n_changes = s->n_admitted = 0;
}

static struct yw_bytes
piece(const struct yw_serving *s, size_t at, size_t len)
{
	return (struct yw_bytes) { s->bytes.data + at, len };
}

static struct yw_entry_proof
proof_of(const struct yw_serving *s, const struct yw_served_proof *p)
{
	return (struct yw_entry_proof) { piece(s, p->at, p->len), p->index, p->path };
}

enum yw_code
yw_serving_package(const struct yw_serving *s, const struct yw_origin *origin, uint64_t from_size, struct yw_package *out,
    struct yw_error *err)
{
	*out = (struct yw_package) { .origin = *origin, .start = s->start, .head = yw_buf_bytes(&s->head), .head_size = s->head_size,
		.subtree = s->subtree, .has_consistency = s->has_consistency, .from_size = s->has_consistency ? from_size : 0,
		.from_root = s->from_root, .consistency = s->consistency };
	out->entries = calloc(s->n_entries + 1, sizeof *out->entries);
	out->bodies = calloc(s->n_bodies + 1, sizeof *out->bodies);
	out->changes = calloc(s->n_changes + 1, sizeof *out->changes);
	out->admitted = calloc(s->n_admitted + 1, sizeof *out->admitted);
	if (out->entries == NULL || out->bodies == NULL || out->changes == NULL || out->admitted == NULL) {
		yw_package_release(out);
		return yw_fail(err, YW_ENOMEM, "no memory for a package of '%s'", origin->text);
	}
	for (; out->n_entries < s->n_entries; out->n_entries++)
		out->entries[out->n_entries].envelope = piece(s, s->entries[out->n_entries].at, s->entries[out->n_entries].len);
	for (size_t i = 0; i < s->n_bodies; i++)
		out->bodies[i] = (struct yw_body) { .index = s->bodies[i].index, .item = s->bodies[i].item,
			.bytes = piece(s, s->bodies[i].at, s->bodies[i].len) };
	for (size_t i = 0; i < s->n_changes; i++)
		out->changes[i] = proof_of(s, &s->changes[i]);
	for (size_t i = 0; i < s->n_admitted; i++)
		out->admitted[i] = proof_of(s, &s->admitted[i]);
	out->n_bodies = s->n_bodies;
	out->n_changes = s->n_changes;
	out->n_admitted = s->n_admitted;
	return YW_OK;
}

static enum yw_code
add_body(struct yw_serving *s, uint64_t index, uint16_t item, struct yw_bytes body, struct yw_error *err)
{
	void *grown;

	if (s->n_bodies % 256 == 0) {
		grown = realloc(s->bodies, (s->n_bodies + 256) * sizeof *s->bodies);
		if (grown == NULL)
			return yw_fail(err, YW_ENOMEM, "no memory to serve a package");
		s->bodies = grown;
	}
	s->bodies[s->n_bodies].index = index;
	s->bodies[s->n_bodies].item = item;
	s->bodies[s->n_bodies].at = s->bytes.len;
	s->bodies[s->n_bodies].len = body.len;
	s->n_bodies++;
	yw_buf_add(&s->bytes, body.data, body.len);
	return yw_buf_check(&s->bytes, err);
}

/* The id inside a body decides with the entry's audience (V3); a body that cannot be read stays here. */
static bool
body_may_go(const struct yw_log_info *log, const struct yw_entry *e, struct yw_bytes body, const struct yw_asker *asker)
{
	struct yw_record r;

	return yw_record_form(body, &r, NULL) == YW_OK && yw_may_have(&log->code, &log->holder, &e->audience, &r.id, asker);
}

/* Adds the bodies of one entry while they fit; *full is set when one did not. */
static enum yw_code
serve_bodies(const struct yw_view *v, const struct yw_log_info *log, uint64_t index, const struct yw_entry *e,
    const struct yw_asker *asker, size_t budget, struct yw_serving *s, size_t *used, bool *full, struct yw_error *err)
{
	struct yw_buf body = YW_BUF_INIT;
	enum yw_code code = YW_OK;
	bool any = YW_FAULT("serve-any-package");

	if ((!yw_may_have(&log->code, &log->holder, &e->audience, NULL, asker) && !any) || log->withholds)
		return YW_OK;
	for (size_t i = 0; code == YW_OK && !*full && i < e->n_items; i++) {
		yw_buf_clear(&body);
		code = yw_view_body(v, log, index, (uint16_t)i, &body, err);
		if (code == YW_ENOENT) {
			code = YW_OK;
			continue;
		}
		if (code != YW_OK || (!body_may_go(log, e, yw_buf_bytes(&body), asker) && !any))
			continue;
		if (*used + body.len + ENTRY_OVERHEAD > budget) {
			*full = true;
			break;
		}
		*used += body.len + ENTRY_OVERHEAD;
		code = add_body(s, index, (uint16_t)i, yw_buf_bytes(&body), err);
	}
	yw_buf_release(&body);
	return code;
}

/* The first entry goes in any case; a later one only with all its bodies, so that few are asked for by place. */
static enum yw_code
serve_entry(const struct yw_view *v, const struct yw_log_info *log, uint64_t index, const struct yw_asker *asker,
    size_t budget, struct yw_serving *s, size_t *used, bool *full, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	size_t bytes_before = s->bytes.len, bodies_before = s->n_bodies;
	struct yw_entry e;
	enum yw_code code = yw_view_entry(v, log, index, &envelope, err);

	if (code == YW_OK && s->n_entries > 0 && *used + envelope.len + ENTRY_OVERHEAD > budget) {
		*full = true;
		goto out;
	}
	if (code == YW_OK)
		code = yw_entry_read(log->origin.text, yw_buf_bytes(&envelope), &e, err);
	if (code != YW_OK)
		goto out;
	*used += envelope.len + ENTRY_OVERHEAD;
	s->entries[s->n_entries].at = s->bytes.len;
	s->entries[s->n_entries].len = envelope.len;
	yw_buf_add(&s->bytes, envelope.data, envelope.len);
	code = serve_bodies(v, log, index, &e, asker, budget, s, used, full, err);
	yw_entry_release(&e);
	if (*full && s->n_entries > 0) {
		s->bytes.len = bytes_before;
		s->n_bodies = bodies_before;
	} else {
		s->n_entries++;
	}
out:
	yw_buf_release(&envelope);
	return code;
}

/* The head that the proofs lead to: one the asker named and holds, or the newest full one with its note. */
static enum yw_code
serve_head(const struct yw_view *v, const struct yw_log_info *log, uint64_t start, uint64_t *head_size,
    struct yw_serving *s, struct yw_error *err)
{
	struct key k = key_head(log->number, 'f');

	if (*head_size == 0) {
		*head_size = log->full_size;
		if (start < *head_size)
			return yw_store_get(view_store(v), view_snapshot(v), F_HEADS, key_bytes(&k), &s->head, err);
	}
	if (start >= *head_size || *head_size > log->full_size)
		return yw_fail(err, YW_ENOENT, "'%s' is held here up to %llu", log->origin.text,
		    (unsigned long long)log->full_size);
	return YW_OK;
}

/* An entry, proven into the head. */
static enum yw_code
serve_proof(const struct yw_view *v, const struct yw_log_info *log, uint64_t index, struct yw_tile_reader *r,
    struct yw_serving *s, struct yw_served_proof *out, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	enum yw_code code = yw_view_entry(v, log, index, &envelope, err);

	if (code == YW_OK)
		code = yw_prove_inclusion(r, index, s->head_size, &out->path, err);
	out->index = index;
	out->at = s->bytes.len;
	out->len = envelope.len;
	yw_buf_add(&s->bytes, envelope.data, envelope.len);
	yw_buf_release(&envelope);
	return code == YW_OK ? yw_buf_check(&s->bytes, err) : code;
}

/* By whose keys is the head?  Who does not hold these entries cannot know (T5). */
static enum yw_code
serve_changes(const struct yw_view *v, const struct yw_log_info *log, uint64_t from_size, struct yw_tile_reader *r,
    struct yw_serving *s, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), log->origin.text);
	enum yw_code code = YW_OK;

	for (size_t i = 1; g != NULL && code == YW_OK && i < g->n_spans; i++) {
		if (g->spans[i].from <= from_size || g->spans[i].from >= s->head_size)
			continue;
		if (s->changes == NULL)
			s->changes = calloc(g->n_spans, sizeof *s->changes);
		code = s->changes != NULL ? serve_proof(v, log, g->spans[i].from - 1, r, s, &s->changes[s->n_changes++], err) :
		    yw_fail(err, YW_ENOMEM, "no memory to serve a package");
	}
	return code;
}

enum yw_code
yw_view_serve_admitted(const struct yw_view *v, const struct yw_log_info *log, uint64_t from_size, struct yw_serving *s,
    struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), log->origin.text);
	uint64_t at[YW_ADMITTED_MAX];
	size_t n = g != NULL ? yw_trust_admits(yw_view_trust(v), g, from_size, s->head_size, at) : 0;
	struct yw_view_tiles self;
	struct yw_tile_reader r;
	enum yw_code code = YW_OK;

	if (n == 0)
		return YW_OK;
	s->admitted = calloc(n, sizeof *s->admitted);
	if (s->admitted == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to serve a package");
	yw_view_tiles(v, log, &self, &r);
	for (size_t i = 0; code == YW_OK && i < n; i++)
		code = serve_proof(v, log, at[i], &r, s, &s->admitted[s->n_admitted++], err);
	return code;
}

enum yw_code
yw_view_serve(const struct yw_view *v, const struct yw_log_info *log, uint64_t start, uint64_t end, uint64_t head_size,
    uint64_t from_size, const struct yw_asker *asker, size_t budget, struct yw_serving *out, struct yw_error *err)
{
	struct yw_view_tiles self;
	struct yw_tile_reader r;
	size_t used = 0;
	bool full = false, named = head_size != 0;
	uint64_t block_end = start - start % YW_PACKAGE_ENTRIES + YW_PACKAGE_ENTRIES;
	enum yw_code code;

	*out = (struct yw_serving) { .start = start };
	code = serve_head(v, log, start, &head_size, out, err);
	if (code != YW_OK)
		return code;
	out->head_size = head_size;
	if (end <= start || end > block_end)
		end = block_end;
	end = end > head_size ? head_size : end;
	for (uint64_t i = start; code == YW_OK && i < end && !full; i++)
		code = serve_entry(v, log, i, asker, budget, out, &used, &full, err);
	if (code != YW_OK)
		return code;
	yw_view_tiles(v, log, &self, &r);
	code = yw_prove_subtree(&r, start - start % YW_PACKAGE_ENTRIES, start + out->n_entries, head_size, &out->subtree, err);
	if (code == YW_OK && !named && from_size > 0 && from_size <= head_size) {
		out->has_consistency = true;
		code = yw_prove_consistency(&r, from_size, head_size, &out->consistency, err);
		if (code == YW_OK)
			code = yw_root_at(&r, from_size, &out->from_root, err);
	}
	return code == YW_OK && !named ? serve_changes(v, log, from_size, &r, out, err) : code;
}

/* Whether it is held is nobody's business who may not have it. */
static enum yw_code
serve_body_of(const struct yw_view *v, const struct yw_log_info *log, uint64_t index, uint16_t item,
    const struct yw_entry *e, const struct yw_asker *asker, struct yw_buf *out, struct yw_error *err)
{
	size_t before = out->len;
	bool any = YW_FAULT("serve-any-place"), may = yw_may_have(&log->code, &log->holder, &e->audience, NULL, asker) || any;
	enum yw_code code = !may ? YW_OK : log->withholds ? YW_ENOENT : yw_view_body(v, log, index, item, out, err);

	if (code != YW_OK)
		return code;
	if (may && (body_may_go(log, e, (struct yw_bytes) { out->data + before, out->len - before }, asker) || any))
		return YW_OK;
	out->len = before;
	return yw_fail(err, YW_EDENIED, "item %u of entry %llu of '%s' is not for this peer", item,
	    (unsigned long long)index, log->origin.text);
}

enum yw_code
yw_view_serve_body(const struct yw_view *v, const struct yw_log_info *log, uint64_t index, uint16_t item,
    const struct yw_asker *asker, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	enum yw_code code = yw_view_entry(v, log, index, &envelope, err);

	if (code == YW_OK)
		code = yw_entry_read(log->origin.text, yw_buf_bytes(&envelope), &e, err);
	if (code == YW_OK) {
		code = serve_body_of(v, log, index, item, &e, asker, out, err);
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	return code;
}
