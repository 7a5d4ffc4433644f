/*
 * digest.c - one hash over the unconditional state of a jurisdiction (S4), to compare replicas.
 *
 * SHA-256 over, numbers big-endian, texts with a u16 length before them:
 *
 *	"yiwang-state/v1" LF: the state version, 1 here; who applies more has another one
 *	network version u64
 *	number of logs u32, then per log, sorted by origin: origin, size u64, root 32
 *		(the generations of the code and every log on their chains)
 *	number of contradictions u32, then per contradiction, in the order of those logs: SHA-256 of its two heads,
 *		the smaller first, or of one size the first bytewise; one of each log that is frozen
 *	per id, sorted: id, operation u8 (0 put, 1 withdrawn, 2 erased), generation u32, index u64, item u16, body hash 32
 *		(of an erasure its order for the index, the number of the id in it for the item, and zeros for the hash)
 *
 * No local time and no progress stand in it: equal headers must give equal digests.
 */
#include "base/fault.h"
#include "ledger/ledger_int.h"

struct digest {
	const struct yw_view *v;
	struct yw_hasher h;
	const struct yw_log_info *logs[YW_DIGEST_LOGS_MAX];
	size_t n_logs;
};

static void
add_be(struct digest *d, uint64_t v, size_t bytes)
{
	uint8_t b[8];

	yw_put_be64(b, v);
	yw_hasher_add(&d->h, b + 8 - bytes, bytes);
}

static void
add_text(struct digest *d, const char *s)
{
	add_be(d, strlen(s), 2);
	yw_hasher_add(&d->h, s, strlen(s));
}

static enum yw_code
add_log_once(struct digest *d, const struct yw_log_info *log, struct yw_error *err)
{
	size_t at;

	for (at = 0; at < d->n_logs; at++)
		if (d->logs[at] == log)
			return YW_OK;
	if (d->n_logs == YW_DIGEST_LOGS_MAX)
		return yw_fail(err, YW_ELIMIT, "a digest over more than %d logs", YW_DIGEST_LOGS_MAX);
	for (at = d->n_logs++; at > 0 && strcmp(d->logs[at - 1]->origin.text, log->origin.text) > 0; at--)
		d->logs[at] = d->logs[at - 1];
	d->logs[at] = log;
	return YW_OK;
}

/* Where a closing, or a beat with quorum, has just moved an end, state follows in the next turn (reach.c): until then it is not that
 * of the header.  of_code: a generation of the code itself, whose bodies must be here. */
static bool
is_complete(const struct yw_log_info *log, const struct yw_generation *g, bool of_code)
{
	uint64_t end = g->end.size < log->size ? g->end.size : log->size;

	return (!log->state_due || YW_FAULT("digest-early")) && (!of_code || log->receipts_to >= end);
}

/* One generation and, upwards, the logs that delegated it. */
static enum yw_code
collect_chain(struct digest *d, const struct yw_generation *g, bool *complete, struct yw_error *err)
{
	const struct yw_trust *t = yw_view_trust(d->v);
	enum yw_code code = YW_OK;

	for (size_t links = 0; code == YW_OK && g != NULL && links <= YW_CHAIN_LINKS_MAX; links++) {
		const struct yw_log_info *log = yw_view_log(d->v, g->origin.text);

		if (log == NULL)
			break;
		*complete &= is_complete(log, g, links == 0);
		code = add_log_once(d, log, err);
		g = g->issuer.code[0] != '\0' ? yw_trust_origin(t, g->delegation.origin.text) : NULL;
	}
	return code;
}

static enum yw_code
collect(struct digest *d, const struct yw_jurisdiction *code, bool *complete, struct yw_error *err)
{
	const struct yw_trust *t = yw_view_trust(d->v);
	enum yw_code rc = YW_OK;

	for (size_t i = 0; rc == YW_OK && i < yw_trust_count(t); i++)
		if (yw_jurisdiction_equal(&yw_trust_at(t, i)->code, code))
			rc = collect_chain(d, yw_trust_at(t, i), complete, err);
	if (rc == YW_OK && d->n_logs == 0)
		rc = yw_fail(err, YW_ENOENT, "no log of %s is known here", code->code);
	return rc;
}

/* Of a frozen log the first pair: the same one wherever the same pairs were met (L7). */
static void
add_contradictions(struct digest *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_logs; i++)
		n += d->logs[i]->frozen;
	add_be(d, n, 4);
	for (size_t i = 0; i < d->n_logs; i++)
		if (d->logs[i]->frozen)
			yw_hasher_add(&d->h, d->logs[i]->forks[0].id.b, YW_HASH_BYTES);
}

/* Up to where the log is verified and counts: what stands behind the end of a closed one (T6) is evidence, no state. */
static enum yw_code
reach_of(const struct digest *d, const struct yw_log_info *log, struct yw_tree_head *out, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(d->v), log->origin.text);
	struct yw_view_tiles tiles;
	struct yw_tile_reader r;

	*out = (struct yw_tree_head) { log->size, log->root };
	if (g == NULL || g->end.size >= log->size)
		return YW_OK;
	out->size = g->end.size;
	yw_view_tiles(d->v, log, &tiles, &r);
	if (out->size != 0)
		return yw_root_at(&r, out->size, &out->root, err);
	yw_empty_root(&out->root);
	return YW_OK;
}

static enum yw_code
add_header(struct digest *d, struct yw_error *err)
{
	char version[32];

	snprintf(version, sizeof version, "yiwang-state/v%u\n", state_version());
	yw_hasher_add(&d->h, version, strlen(version));
	add_be(d, yw_trust_network(yw_view_trust(d->v))->version, 8);
	add_be(d, d->n_logs, 4);
	for (size_t i = 0; i < d->n_logs; i++) {
		struct yw_tree_head head;
		enum yw_code code = reach_of(d, d->logs[i], &head, err);

		if (code != YW_OK)
			return code;
		add_text(d, d->logs[i]->origin.text);
		add_be(d, head.size, 8);
		yw_hasher_add(&d->h, head.root.b, sizeof head.root.b);
	}
	add_contradictions(d);
	return YW_OK;
}

static void
add_item(struct digest *d, const struct yw_item *item)
{
	add_text(d, item->id);
	add_be(d, item->erased ? 2 : item->op == YW_OP_WITHDRAW, 1);
	add_be(d, item->generation, 4);
	add_be(d, item->order, 8);
	add_be(d, item->item, 2);
	yw_hasher_add(&d->h, item->sha256.b, sizeof item->sha256.b);
}

/* Of a log that nobody else can attribute yet (T8) no other replica has the state. */
static bool
is_common(const struct digest *d, const struct yw_item *item)
{
	return yw_trust_origin(yw_view_trust(d->v), yw_view_at(d->v, item->log)->origin.text) != NULL;
}

/* Is the entry that erased it below the sizes in the header (S4)?  One in a log of others may not be (T10). */
static bool
is_covered(const struct digest *d, const struct yw_item *item)
{
	for (size_t i = 0; i < d->n_logs; i++)
		if (d->logs[i]->number == item->log)
			return true;
	return false;
}

/* The newest unconditional item of each id under "<code>/", which comes first. */
static enum yw_code
add_items(struct digest *d, const struct yw_jurisdiction *code, struct yw_error *err)
{
	char prefix[YW_CODE_DIGITS + 2], done[YW_ID_MAX + 1] = "";
	struct yw_item item;
	enum yw_code rc = YW_OK, end;
	struct yw_iter *it;

	snprintf(prefix, sizeof prefix, "%s/", code->code);
	it = yw_iter_new(view_store(d->v), view_snapshot(d->v), F_ITEMS, yw_bytes_str(prefix), (struct yw_bytes) { NULL, 0 },
	    false);
	for (; yw_iter_valid(it); yw_iter_next(it)) {
		rc = item_decode(yw_iter_key(it), yw_iter_value(it), &item, err);
		if (rc != YW_OK)
			break;
		if (item.audience.cls != YW_CLASS_UNCONDITIONAL || strcmp(done, item.id) == 0 || !is_common(d, &item))
			continue;
		if (item.erased && !is_covered(d, &item)) {
			rc = yw_fail(err, YW_ECONFLICT, "not comparable: '%s' was erased by entry %llu of '%s', which is none of the logs over "
			    "which the digest goes", item.id, (unsigned long long)item.index, yw_view_at(d->v, item.log)->origin.text);
			break;
		}
		memcpy(done, item.id, sizeof done);
		add_item(d, &item);
	}
	end = yw_iter_finish(it, rc == YW_OK ? err : NULL);
	return rc != YW_OK ? rc : end;
}

enum yw_code
yw_view_digest(const struct yw_view *v, const struct yw_jurisdiction *code, bool *complete, struct yw_hash *out,
    struct yw_error *err)
{
	struct digest d = { .v = v };
	enum yw_code rc;

	*complete = true;
	yw_hasher_init(&d.h);
	rc = collect(&d, code, complete, err);
	if (rc != YW_OK || !*complete)
		return rc;
	rc = add_header(&d, err);
	if (rc == YW_OK)
		rc = add_items(&d, code, err);
	if (rc == YW_OK)
		yw_hasher_end(&d.h, out);
	return rc;
}

enum yw_code
yw_view_digest_logs(const struct yw_view *v, const struct yw_jurisdiction *code, struct yw_digest_log out[static YW_DIGEST_LOGS_MAX],
    size_t *n, struct yw_error *err)
{
	struct digest d = { .v = v };
	bool complete = true;
	enum yw_code rc = collect(&d, code, &complete, err);

	for (*n = 0; rc == YW_OK && *n < d.n_logs; ++*n) {
		out[*n].log = d.logs[*n];
		rc = reach_of(&d, d.logs[*n], &out[*n].head, err);
	}
	return rc;
}
