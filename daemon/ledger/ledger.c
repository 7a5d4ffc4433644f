/*
 * ledger.c - opening, the logs in memory, and the commit that ends a turn.
 *
 * Invariants, after yw_ledger_open and after every commit, whether it succeeded or not:
 *
 *	(1) memory says what the store says: size, root and tree of each log agree with its record
 *	(2) trust/ was fed exactly the trust entries named in the family "trust", each log's in order
 *	(3) the guard's commit number is not above the store's, or `behind` says why
 *	(4) what `published` shows is durable, and covered by the guard
 *
 * During a turn memory runs ahead of the store by the open batch; nothing of that leaves the ledger.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "ledger/ledger_int.h"

#define RECORD_FIXED (8 + YW_HASH_BYTES + 1 + 2)

/* --- logs --- */

struct log_inside *
find_log(const struct yw_ledger *l, const char *origin)
{
	for (size_t i = 0; i < l->n_logs; i++)
		if (strcmp(l->logs[i]->pub.origin.text, origin) == 0)
			return l->logs[i];
	return NULL;
}

const struct yw_generation *
log_generation(const struct yw_ledger *l, const struct log_inside *in)
{
	return yw_trust_origin(l->trust, in->pub.origin.text);
}

void
log_touch(struct yw_ledger *l, struct log_inside *in)
{
	in->changed = true;
	in->pub.stamp = ++l->stamp;
	l->dirty = true;
}

void
ledger_put_note(struct yw_ledger *l, const struct log_inside *in, char what, struct yw_bytes note)
{
	struct key k = key_head(in->pub.number, what);

	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), note);
}

void
self_asker(const struct yw_ledger *l, struct yw_asker *out)
{
	*out = (struct yw_asker) { YW_ASKER_NODE, l->code };
}

static void
free_log(struct log_inside *in)
{
	if (in == NULL)
		return;
	yw_tree_free(in->tree);
	yw_buf_release(&in->pub.head);
	yw_buf_release(&in->pub.full);
	yw_buf_release(&in->pub.target);
	drop_beats(in);
	free(in);
}

static enum yw_code
add_log(struct yw_ledger *l, const struct yw_origin *origin, struct log_inside **out, struct yw_error *err)
{
	struct log_inside *in, **grown;
	enum yw_code code;

	if (l->n_logs == l->cap_logs) {
		grown = realloc(l->logs, (l->cap_logs + 64) * sizeof *grown);
		if (grown == NULL)
			return yw_fail(err, YW_ENOMEM, "no memory for another log");
		l->logs = grown;
		l->cap_logs += 64;
	}
	in = calloc(1, sizeof *in);
	if (in == NULL || yw_tree_new(&in->tree) != YW_OK) {
		free_log(in);
		return yw_fail(err, YW_ENOMEM, "no memory for another log");
	}
	in->beat_at_ms = INT64_MIN;
	in->pub.origin = *origin;
	in->pub.number = (uint32_t)l->n_logs;
	code = yw_origin_parse(origin->text, strlen(origin->text), NULL, &in->pub.code, &in->pub.generation);
	if (code != YW_OK) {
		free_log(in);
		return yw_fail(err, YW_EIO, "'%s' is no origin", origin->text);
	}
	yw_tree_root(in->tree, &in->pub.root);
	in->committed_root = in->pub.root;
	l->logs[l->n_logs++] = in;
	*out = in;
	return YW_OK;
}

/* My own log is the one that was delegated to my own request; the code alone proves nothing. */
static void
find_own(struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];
		const struct yw_generation *g = log_generation(l, in);

		in->pub.own = g != NULL && yw_jurisdiction_equal(&g->code, &l->code) &&
		    yw_hash_equal(&g->request, &l->request_hash);
		if (in->pub.own)
			l->own = in;
	}
}

enum yw_code
attach_logs(struct yw_ledger *l, struct yw_error *err)
{
	struct log_inside *in;
	enum yw_code code;

	for (size_t i = 0; i < yw_trust_count(l->trust); i++) {
		const struct yw_generation *g = yw_trust_at(l->trust, i);

		if (find_log(l, g->origin.text) != NULL)
			continue;
		code = add_log(l, &g->origin, &in, err);
		if (code != YW_OK)
			return code;
		log_touch(l, in);
	}
	find_own(l);
	return YW_OK;
}

/* --- reading the store --- */

static enum yw_code
read_tile(void *arg, unsigned level, uint64_t tile, size_t width, struct yw_hash *out, struct yw_error *err)
{
	struct { struct yw_store *s; uint32_t number; } *r = arg;
	struct key k = key_tile(r->number, level, tile);
	struct yw_buf b = YW_BUF_INIT;
	enum yw_code code = yw_store_get(r->s, NULL, F_TILES, key_bytes(&k), &b, err);

	if (code == YW_OK && b.len < width * YW_HASH_BYTES)
		code = yw_fail(err, YW_EIO, "tile %u/%llu is shorter than its log", level, (unsigned long long)tile);
	if (code == YW_OK)
		memcpy(out, b.data, b.len < YW_TILE_HASHES * YW_HASH_BYTES ? b.len : YW_TILE_HASHES * YW_HASH_BYTES);
	yw_buf_release(&b);
	return code;
}
