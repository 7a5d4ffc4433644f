/*
 * lnet.c - see lnet.h.
 */
#include "support/lnet.h"

#include "base/text.h"
#include "ledger/ledger_int.h"
#include "record/record.h"
#include "record/wire.h"
#include "support/testing.h"

static struct yw_error err;

const struct yw_audience yw_unconditional = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 };
const struct yw_audience yw_open = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_OPEN, NULL, 0 };
const struct yw_audience yw_not_shared = { YW_CLASS_NOT_SHARED, YW_OPENNESS_INTERNAL, NULL, 0 };

struct yw_audience
yw_conditional(const char *code)
{
	static struct yw_jurisdiction codes[8];
	static unsigned next;
	struct yw_jurisdiction *j = &codes[next++ % 8];

	snprintf(j->code, sizeof j->code, "%s", code);
	return (struct yw_audience) { YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, j, 1 };
}

static void
must(enum yw_code code, const char *what)
{
	YW_CHECK_MSG(code == YW_OK, "lnet: %s: %s", what, err.msg);
}

/* --- guard and clock ---------------------------------------------------------------------------- */

static enum yw_code
guard_read(void *arg, uint8_t out[static YW_GUARD_BYTES], struct yw_error *e)
{
	const struct yw_lnode *n = arg;

	if (n->guard_gone)
		return yw_fail(e, YW_ENOENT, "there is no guard");
	memcpy(out, n->guard, YW_GUARD_BYTES);
	return YW_OK;
}

static enum yw_code
guard_write(void *arg, unsigned slot, const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_error *e)
{
	struct yw_lnode *n = arg;

	if (n->guard_broken)
		return yw_fail(e, YW_EIO, "the guard's disk is gone");
	if (n->guard_gone)
		memset(n->guard, 0, sizeof n->guard);
	n->guard_gone = false;
	memcpy(n->guard + slot * YW_GUARD_SLOT_BYTES, in, YW_GUARD_SLOT_BYTES);
	return YW_OK;
}

static enum yw_code
erased_read(void *arg, struct yw_buf *out, struct yw_error *e)
{
	const struct yw_lnode *n = arg;

	if (n->erased.len == 0)
		return yw_fail(e, YW_ENOENT, "there is no list");
	yw_buf_add(out, n->erased.data, n->erased.len);
	return yw_buf_check(out, e);
}

static enum yw_code
erased_write(void *arg, struct yw_bytes list, struct yw_error *e)
{
	struct yw_lnode *n = arg;

	yw_buf_clear(&n->erased);
	yw_buf_add(&n->erased, list.data, list.len);
	return yw_buf_check(&n->erased, e);
}

static int64_t
utc_ms(void *arg)
{
	return ((struct yw_lnode *)arg)->utc_ms;
}

static int64_t
mono_ms(void *arg)
{
	return ((struct yw_lnode *)arg)->mono_ms;
}

/* --- the network -------------------------------------------------------------------------------- */

static void
new_dir(struct yw_lnode *n)
{
	static unsigned count;

	if (getenv("YW_ON_DISK") != NULL)
		snprintf(n->dir, sizeof n->dir, "%s/%u-%s", yw_test_dir(), count++, n->t->code.code);
}

static void
make_node(struct yw_lnet *net, size_t i)
{
	struct yw_lnode *n = &net->n[i];
	struct yw_guard_mark mark = { .size = 0 };
	struct yw_guard g;

	*n = (struct yw_lnode) { .net = net, .t = &net->t->logs[i], .utc_ms = YW_TNET_TIME_MS, .mono_ms = 1000 };
	n->io = (struct yw_guard_io) { guard_read, guard_write, n };
	n->erased_io = (struct yw_erased_io) { erased_read, erased_write, n };
	new_dir(n);
	g = (struct yw_guard) { .io = n->io };
	must(yw_guard_write(&g, &mark, &err), "guard");
}

struct yw_lnet *
yw_lnet_new(const char *const *codes, size_t n, const char *policy_lines)
{
	struct yw_lnet *net = calloc(1, sizeof *net);

	must(yw_crypto_init(&err), "crypto");
	YW_CHECK(net != NULL);
	net->t = yw_tnet_new("onenet.example", codes, n, policy_lines);
	net->n = calloc(n, sizeof *net->n);
	YW_CHECK(net->n != NULL);
	net->count = n;
	for (size_t i = 0; i < n; i++)
		make_node(net, i);
	return net;
}

void
yw_lnet_free(struct yw_lnet *net)
{
	for (size_t i = 0; i < net->count; i++) {
		yw_lnode_close(&net->n[i]);
		yw_store_close(net->n[i].store);
		yw_buf_release(&net->n[i].erased);
	}
	yw_tnet_free(net->t);
	free(net->n);
	free(net);
}

struct yw_lnode *
yw_lnode(struct yw_lnet *net, const char *code)
{
	for (size_t i = 0; i < net->count; i++)
		if (strcmp(net->n[i].t->code.code, code) == 0)
			return &net->n[i];
	YW_CHECK_MSG(false, "lnet: there is no %s", code);
	return NULL;
}

void
yw_lnet_wait(struct yw_lnet *net, int64_t ms)
{
	for (size_t i = 0; i < net->count; i++) {
		net->n[i].utc_ms += ms;
		net->n[i].mono_ms += ms;
	}
}

/* --- one node ----------------------------------------------------------------------------------- */

static void
open_store(struct yw_lnode *n)
{
	const struct yw_store_options o = {
		.families = yw_ledger_families, .n_families = yw_ledger_n_families, .format_version = YW_LEDGER_FORMAT,
		.cache_bytes = 1 << 20, .write_buffer_bytes = 1 << 20,
	};

	if (n->dir[0] != '\0')
		must(yw_store_open(n->dir, &o, &n->store, &err), "store");
	else
		must(yw_store_open_memory(&o, &n->store), "store");
}

enum yw_code
yw_lnode_try_open(struct yw_lnode *n, struct yw_error *e)
{
	struct yw_ledger_options o = {
		.guard = &n->io, .erased = &n->erased_io, .clock = { utc_ms, mono_ms, n }, .network = &n->net->t->network, .code = n->t->code,
		.keys = n->keys != NULL ? n->keys : &n->t->keys, .next_keys = n->next_keys, .request = yw_buf_bytes(&n->t->request), .beat_every_ms = 10000,
		.peer_wait_ms = n->peer_wait_ms, .erase_within_ms = n->erase_within_ms, .never_alone = n->never_alone, .next_bytes = n->next_bytes, .here = &n->here,
	};

	if (n->store == NULL)
		open_store(n);
	o.store = n->store;
	return yw_ledger_open(&o, &n->l, e);
}

void
yw_lnode_open(struct yw_lnode *n)
{
	must(yw_lnode_try_open(n, &err), "open");
}

void
yw_lnode_close(struct yw_lnode *n)
{
	yw_ledger_close(n->l);
	n->l = NULL;
}

static void
close_store(struct yw_lnode *n)
{
	yw_lnode_close(n);
	yw_store_close(n->store);
	n->store = NULL;
}

void
yw_lnode_reopen(struct yw_lnode *n)
{
	yw_lnode_close(n);
	if (n->dir[0] != '\0')
		close_store(n);
	yw_lnode_open(n);
}

bool
yw_lnode_dirty(const struct yw_lnode *n)
{
	return n->l->dirty || n->l->carried || n->l->spoilt.msg[0] != '\0';
}

uint64_t
yw_lnode_stamp(const struct yw_lnode *n)
{
	return n->l->stamp;
}

void
yw_lnode_boot(struct yw_lnode *n)
{
	static uint8_t count;

	memset(n->here.boot_id, ++count, sizeof n->here.boot_id);
	snprintf((char *)n->here.machine_id, sizeof n->here.machine_id, "%s", n->t->code.code);
}

void
yw_lnode_forget(struct yw_lnode *n)
{
	close_store(n);
	new_dir(n);
}

static void
empty_guard(struct yw_lnode *n)
{
	struct yw_guard g = { .io = n->io };

	memset(n->guard, 0, sizeof n->guard);
	must(yw_guard_write(&g, &(struct yw_guard_mark) { .size = 0 }, &err), "guard");
}

void
yw_lnode_next(struct yw_lnode *n, const struct yw_buf *request, const struct yw_key_set *keys)
{
	yw_lnode_close(n);
	empty_guard(n);
	yw_buf_clear(&n->t->request);
	yw_buf_add(&n->t->request, request->data, request->len);
	n->t->keys = *keys;
	yw_lnode_open(n);
}

void
yw_lnode_twin(const struct yw_lnode *n, struct yw_tlog *t, struct yw_lnode *out)
{
	*t = *n->t;
	t->request = (struct yw_buf) YW_BUF_INIT;
	*out = (struct yw_lnode) { .net = n->net, .t = t, .utc_ms = n->utc_ms, .mono_ms = n->mono_ms };
	out->io = (struct yw_guard_io) { guard_read, guard_write, out };
	out->erased_io = (struct yw_erased_io) { erased_read, erased_write, out };
	new_dir(out);
	empty_guard(out);
}

void
yw_lnode_end(struct yw_lnode *n)
{
	close_store(n);
	yw_buf_release(&n->erased);
	yw_buf_release(&n->t->request);
}

static void
change_store(struct yw_lnode *n, struct yw_store *s)
{
	bool open = n->l != NULL;

	close_store(n);
	n->store = s;
	if (open)
		yw_lnode_open(n);
}

bool
yw_lnode_image(struct yw_lnode *n, struct yw_limage *out)
{
	if (n->dir[0] != '\0')
		return false;
	out->store = yw_store_power_cut(n->store);
	memcpy(out->guard, n->guard, sizeof out->guard);
	change_store(n, yw_store_power_cut(n->store));
	return true;
}

void
yw_lnode_set_back(struct yw_lnode *n, const struct yw_limage *i)
{
	yw_lnode_close(n);
	change_store(n, i->store);
	memcpy(n->guard, i->guard, sizeof n->guard);
	yw_lnode_open(n);
}

void
yw_lnode_commit(struct yw_lnode *n)
{
	must(yw_ledger_commit(n->l, &err), "commit");
}

void
yw_lnode_tick(struct yw_lnode *n)
{
	int64_t next;

	must(yw_ledger_beat(n->l, &next, &err), "beat");
	must(yw_ledger_cosign(n->l, &err), "cosign");
	yw_lnode_commit(n);
}

struct yw_log *
yw_lnode_log(struct yw_lnode *n, const char *code)
{
	return yw_ledger_log(n->l, yw_lnode(n->net, code)->t->origin.text);
}

/* --- what it holds ------------------------------------------------------------------------------ */

static bool
add_item(void *arg, const struct yw_item *item)
{
	struct yw_buf *out = arg;

	yw_buf_printf(out, "  %s op %d rev %u gen %u log %u %llu/%u class %d ", item->id, item->op, item->revision,
	    item->generation, item->log, (unsigned long long)item->index, item->item, item->audience.cls);
	for (int i = 0; i < 4; i++)
		yw_buf_printf(out, "%02x", item->sha256.b[i]);
	yw_buf_add_byte(out, '\n');
	return true;
}

static bool
add_history(void *arg, const struct yw_item *item)
{
	void **pair = arg;

	must(yw_view_history(pair[0], item->id, add_item, pair[1], &err), "history");
	return true;
}

static void
add_log_state(const struct yw_log *log, struct yw_buf *out)
{
	yw_buf_printf(out, "%s own %d size %llu held %llu receipts %llu missing %zu head %llu full %llu frozen %d broken %d "
	    "newer %d '%s' root ", log->origin.text, log->own, (unsigned long long)log->size, (unsigned long long)log->held,
	    (unsigned long long)log->receipts_to, log->n_missing, (unsigned long long)log->head_size,
	    (unsigned long long)log->full_size, log->frozen, log->broken, log->needs_newer, log->trouble);
	yw_hex_add(out, log->root.b, 8);
	yw_buf_add_byte(out, '\n');
	yw_buf_add(out, log->full.data, log->full.len);
	for (size_t i = 0; i < log->n_beats; i++) {
		const struct yw_beat *b = &log->beats[i];

		yw_buf_printf(out, "  beat %llu quorum %d at %llu owner %llu\n", (unsigned long long)b->size, b->quorum,
		    (unsigned long long)b->quorum_time_s, (unsigned long long)b->owner_time_s);
		yw_buf_add(out, b->note.data, b->note.len);
	}
}

void
yw_lnode_state(struct yw_lnode *n, struct yw_buf *out)
{
	struct yw_view *v;
	void *pair[2];

	yw_buf_clear(out);
	for (size_t i = 0; i < yw_ledger_count(n->l); i++)	/* a turn that was lost may leave an empty one that is nobody's */
		if (yw_ledger_log(n->l, yw_ledger_at(n->l, i)->origin.text) != NULL)
			add_log_state(yw_ledger_at(n->l, i), out);
	must(yw_view_open(n->l, &v, &err), "view");
	pair[0] = v;
	pair[1] = out;
	must(yw_view_list(v, "", "", add_history, pair, &err), "list");
	for (size_t i = 0; i < n->net->count; i++) {
		struct yw_hash digest = { { 0 } };
		bool complete = false;
		enum yw_code code = yw_view_digest(v, &n->net->n[i].t->code, &complete, &digest, &err);

		yw_buf_printf(out, "digest %s %d %d ", n->net->n[i].t->code.code, code, complete);
		yw_hex_add(out, digest.b, 8);
		yw_buf_add_byte(out, '\n');
	}
	yw_view_close(v);
	must(yw_buf_check(out, &err), "state");
}

static bool
add_places(void *arg, const struct yw_places *p)
{
	struct yw_buf *out = arg;

	yw_buf_printf(out, "%llu:", (unsigned long long)p->index);
	for (size_t i = 0; i < p->entry->n_items; i++)
		yw_buf_add_byte(out, (uint8_t)"hklewmr"[p->state[i]]);
	yw_buf_add_byte(out, ' ');
	return true;
}

const char *
yw_lnode_places(struct yw_lnode *n, const char *origin, uint64_t from)
{
	static char text[1024];
	struct yw_buf out = YW_BUF_INIT;
	struct yw_view *v;

	must(yw_view_open(n->l, &v, &err), "view");
	must(yw_view_places(v, yw_view_log(v, origin), from, add_places, &out, &err), "places");
	snprintf(text, sizeof text, "%s", yw_buf_str(&out));
	yw_buf_release(&out);
	yw_view_close(v);
	return text;
}

/* --- appending ---------------------------------------------------------------------------------- */

void
yw_lrecord(const char *id, uint32_t revision, const char *title, struct yw_buf *out)
{
	struct yw_buf json = YW_BUF_INIT, body = YW_BUF_INIT;
	struct yw_record_stamp stamp = { id, revision, title != NULL ? YW_OP_PUT : YW_OP_WITHDRAW, NULL };
	struct yw_hash salt;

	yw_buf_printf(&json, "%s%u", id, revision);
	yw_sha256(json.data, json.len, &salt);
	stamp.salt = salt.b;
	yw_buf_clear(&json);
	if (title != NULL)
		yw_buf_printf(&json, "{\"demand\":{\"title\":\"%s\"}}", title);
	else
		yw_buf_add_str(&json, "{}");
	must(yw_record_from_json(yw_buf_bytes(&json), &body, &err), "record");
	must(yw_record_finish(yw_buf_bytes(&body), &stamp, out, &err), "record");
	yw_buf_release(&json);
	yw_buf_release(&body);
}

static void
put_body(struct yw_lnode *n, const char *id, struct yw_buf *body, const struct yw_audience *audience)
{
	struct yw_append a = { .body = yw_buf_bytes(body), .audience = *audience };

	must(yw_ledger_append(n->l, &a, 1, &err), "append");
	YW_CHECK_MSG(a.code == YW_OK, "lnet: %s: %s", id, a.err.msg);
	yw_lnode_commit(n);
	yw_buf_release(body);
}

void
yw_lnode_put(struct yw_lnode *n, const char *id, uint32_t revision, const char *title,
    const struct yw_audience *audience)
{
	struct yw_buf body = YW_BUF_INIT;

	yw_lrecord(id, revision, title, &body);
	put_body(n, id, &body, audience);
}

void
yw_lnode_put_json(struct yw_lnode *n, const char *id, uint32_t revision, const char *json, const struct yw_audience *audience)
{
	struct yw_record_stamp stamp = { .id = id, .revision = revision, .op = json != NULL ? YW_OP_PUT : YW_OP_WITHDRAW };
	struct yw_buf bare = YW_BUF_INIT, body = YW_BUF_INIT;

	if (json != NULL)
		must(yw_record_from_json(yw_bytes_str(json), &bare, &err), id);
	must(yw_record_finish(yw_buf_bytes(&bare), &stamp, &body, &err), id);
	put_body(n, id, &body, audience);
	yw_buf_release(&bare);
}

void
yw_lnode_admit(struct yw_lnet *net, const char *code)
{
	struct yw_lnode *n = yw_lnode(net, code), *issuer = yw_lnode(net, n->t->issuer.code);

	must(yw_ledger_admit(issuer->l, yw_buf_bytes(&n->t->request), &err), "admit");
	yw_lnode_commit(issuer);
}

void
yw_lnet_join(struct yw_lnet *net)
{
	for (size_t i = 0; i < net->count; i++)
		yw_lnode_open(&net->n[i]);
	for (size_t digits = 4; digits <= YW_CODE_DIGITS; digits += 2) {
		for (size_t i = 1; i < net->count; i++)
			if (yw_jurisdiction_digits(&net->n[i].t->code) == digits)
				yw_lnode_admit(net, net->n[i].t->code.code);
		yw_lnet_sync(net);
	}
}

/* --- packages ----------------------------------------------------------------------------------- */

void
yw_lpackage_release(struct yw_lpackage *lp)
{
	yw_package_release(&lp->p);
	yw_serving_release(&lp->s);
	yw_buf_release(&lp->head);
}

bool
yw_lnode_serve(struct yw_lnode *from, const char *origin, uint64_t start, uint64_t end, uint64_t head_size,
    uint64_t from_size, const struct yw_asker *asker, size_t budget, struct yw_lpackage *out)
{
	const struct yw_log_info *log;
	struct yw_view *v;
	enum yw_code code = YW_ENOENT;

	*out = (struct yw_lpackage) { .head = YW_BUF_INIT };
	must(yw_view_open(from->l, &v, &err), "view");
	log = yw_view_log(v, origin);
	if (log != NULL)
		code = yw_view_serve(v, log, start, end, head_size, from_size, asker, budget, &out->s, &err);
	yw_view_close(v);
	YW_CHECK_MSG(code == YW_OK || code == YW_ENOENT, "lnet: serve: %s", err.msg);
	if (code == YW_OK) {
		must(yw_serving_package(&out->s, &log->origin, from_size, &out->p, &err), "package");
		must(yw_package_check(&out->p, &err), "package");
	} else {
		yw_serving_release(&out->s);
	}
	return code == YW_OK;
}

/* Tiles of a log of tnet, of any level, from its leaves. */
static enum yw_code
tlog_tile(void *arg, unsigned level, uint64_t n, size_t width, struct yw_hash *out, struct yw_error *e)
{
	const struct yw_tlog *t = arg;
	uint64_t each = (uint64_t)1 << (8 * level);

	(void)e;
	for (size_t i = 0; i < width; i++) {
		uint64_t at = (n * YW_TILE_HASHES + i) * each;

		YW_CHECK(at + each <= t->n);
		yw_range_root(t->leaves + at, each, &out[i]);
	}
	return YW_OK;
}

void
yw_tlog_grow(struct yw_tlog *t, size_t n, const char *title)
{
	struct yw_buf body = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];

	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof id, "%s/demand/%zu", t->code.code, (size_t)t->n);
		yw_buf_clear(&body);
		yw_lrecord(id, 1, title, &body);
		yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	}
	yw_buf_release(&body);
}

void
yw_tlog_head(struct yw_tlog *t, uint64_t size, struct yw_buf *out)
{
	struct yw_checkpoint c = { .size = size };

	memcpy(c.origin, t->origin.text, sizeof c.origin);
	yw_tnet_root(t, size, &c.root);
	must(yw_head_sign(&c, &t->keys.head, &t->keys.pub.head, out, &err), "head");
}

/* The key changes that who holds from_size entries lacks. */
static void
tlog_changes(struct yw_tlog *t, const struct yw_tile_reader *r, uint64_t from_size, uint64_t head_size, struct yw_package *p)
{
	const struct yw_generation *g = t->net != NULL ? yw_trust_origin(t->net->trust, t->origin.text) : NULL;

	p->changes = calloc(YW_KEY_SETS_MAX, sizeof *p->changes);
	YW_CHECK(p->changes != NULL);
	for (size_t i = 1; g != NULL && i < g->n_spans; i++) {
		struct yw_entry_proof *c = &p->changes[p->n_changes];

		if (g->spans[i].from <= from_size || g->spans[i].from >= head_size)
			continue;
		c->index = g->spans[i].from - 1;
		c->envelope = yw_buf_bytes(&t->entries[c->index]);
		must(yw_prove_inclusion(r, c->index, head_size, &c->path, &err), "key change");
		p->n_changes++;
	}
}

void
yw_tlog_package(struct yw_tlog *t, uint64_t start, size_t n, uint64_t head_size, uint64_t from_size, bool named,
    struct yw_lpackage *out)
{
	const struct yw_tile_reader r = { tlog_tile, t };
	struct yw_package *p = &out->p;

	*out = (struct yw_lpackage) { .head = YW_BUF_INIT };
	p->origin = t->origin;
	p->start = start;
	p->n_entries = n;
	p->entries = calloc(n, sizeof *p->entries);
	YW_CHECK(p->entries != NULL);
	for (size_t i = 0; i < n; i++)
		p->entries[i].envelope = yw_buf_bytes(&t->entries[start + i]);
	p->head_size = head_size;
	if (!named) {
		yw_tlog_head(t, head_size, &out->head);
		p->head = yw_buf_bytes(&out->head);
	}
	must(yw_prove_subtree(&r, start - start % YW_PACKAGE_ENTRIES, start + n, head_size, &p->subtree, &err), "subtree");
	if (!named && from_size > 0) {
		p->has_consistency = true;
		p->from_size = from_size;
		yw_tnet_root(t, from_size, &p->from_root);
		must(yw_prove_consistency(&r, from_size, head_size, &p->consistency, &err), "consistency");
	}
	if (!named)
		tlog_changes(t, &r, from_size, head_size, p);
	must(yw_package_check(p, &err), "package");
}

void
yw_tlog_admitted(struct yw_tlog *t, struct yw_lpackage *lp)
{
	const struct yw_tile_reader r = { tlog_tile, t };
	struct yw_package *p = &lp->p;
	uint64_t at[YW_ADMITTED_MAX];
	size_t n = yw_trust_admits(t->net->trust, yw_trust_origin(t->net->trust, t->origin.text), p->start, p->head_size, at);

	p->admitted = calloc(n + 1, sizeof *p->admitted);
	YW_CHECK(p->admitted != NULL);
	for (; p->n_admitted < n; p->n_admitted++) {
		struct yw_entry_proof *d = &p->admitted[p->n_admitted];

		d->index = at[p->n_admitted];
		d->envelope = yw_buf_bytes(&t->entries[d->index]);
		must(yw_prove_inclusion(&r, d->index, p->head_size, &d->path, &err), "delegation");
	}
}

void
yw_tlog_prove(struct yw_tlog *t, uint64_t from_size, uint64_t head_size, struct yw_package *p)
{
	const struct yw_tile_reader r = { tlog_tile, t };

	p->has_consistency = from_size != 0;
	p->from_size = from_size;
	if (from_size != 0)
		yw_tnet_root(t, from_size, &p->from_root);
	if (from_size != 0)
		must(yw_prove_consistency(&r, from_size, head_size, &p->consistency, &err), "consistency");
}

bool
yw_tlog_finds(struct yw_tlog *t, const struct yw_lnode *n, struct yw_sought *out)
{
	const struct yw_log *copy = yw_ledger_log(n->l, t->origin.text);
	struct yw_hash root;

	for (size_t i = 0; i < yw_ledger_n_sought(n->l, copy); i++) {
		yw_ledger_sought(n->l, copy, i, out);
		if (out->head.size > t->n)
			continue;
		yw_tnet_root(t, out->head.size, &root);
		if (yw_hash_equal(&root, &out->head.root))
			return true;
	}
	return false;
}

void
yw_tlog_answer(struct yw_tlog *t, const struct yw_sought *s, struct yw_lnode *n)
{
	enum yw_code code = YW_ENOENT;

	for (uint64_t at = s->most; code == YW_ENOENT; at--) {
		struct yw_lpackage lp;

		yw_tlog_package(t, at, s->standing ? 1 : s->head.size - at, s->head.size, at, true, &lp);
		yw_tlog_prove(t, at, s->head.size, &lp.p);
		code = yw_ledger_take_package(n->l, &lp.p, &err);
		yw_lpackage_release(&lp);
	}
	must(code, "an answer to what is sought");
}

/* --- following ---------------------------------------------------------------------------------- */

/* Has the other node that root at that size? */
static bool
has_root(struct yw_lnode *n, const struct yw_log *log, uint64_t size, const struct yw_hash *root)
{
	struct yw_hash mine;

	return yw_ledger_root(n->l, log, size, &mine, &err) == YW_OK && yw_hash_equal(&mine, root);
}

/* Of what is sought the first that the other node holds. */
static bool
find_sought(struct yw_lnode *to, struct yw_lnode *from, const struct yw_log *mine, const struct yw_log *theirs, struct yw_sought *out)
{
	for (size_t i = 0; i < yw_ledger_n_sought(to->l, mine); i++) {
		yw_ledger_sought(to->l, mine, i, out);
		if (has_root(from, theirs, out->head.size, &out->head.root))
			return true;
	}
	return false;
}

/* L8, as wants.c asks: from the end of the copy back, until both have one root; or only how two heads stand (T7). */
static bool
seek(struct yw_lnode *to, struct yw_lnode *from, const struct yw_log *mine, const struct yw_log *theirs)
{
	struct yw_asker asker = { YW_ASKER_NODE, to->t->code };
	struct yw_view_tiles self;
	struct yw_tile_reader r;
	struct yw_lpackage lp;
	struct yw_sought s;
	struct yw_hash root;
	struct yw_view *v;
	uint64_t at;
	bool took;

	if (!find_sought(to, from, mine, theirs, &s))
		return false;
	for (at = s.most; !s.standing; at--) {
		must(yw_ledger_root(to->l, mine, at, &root, &err), "root");
		if (has_root(from, theirs, at, &root))
			break;
	}
	if (!yw_lnode_serve(from, mine->origin.text, at, 0, s.head.size, at, &asker, 1 << 20, &lp))
		return false;
	must(yw_view_open(from->l, &v, &err), "view");
	yw_view_tiles(v, yw_view_log(v, mine->origin.text), &self, &r);
	lp.p.has_consistency = at != 0;
	lp.p.from_size = at;
	if (at != 0)
		must(yw_prove_consistency(&r, at, s.head.size, &lp.p.consistency, &err), "consistency");
	if (at != 0)
		must(yw_root_at(&r, at, &lp.p.from_root, &err), "root");
	took = yw_ledger_take_package(to->l, &lp.p, &err) == YW_OK;
	yw_view_close(v);
	for (int i = 0; i < 20 && yw_lnode_dirty(to); i++)	/* a long branch is cut in several turns */
		yw_lnode_commit(to);
	yw_lpackage_release(&lp);
	return took;
}

static bool
pull(struct yw_lnode *to, struct yw_lnode *from, const char *origin)
{
	const struct yw_log *mine = yw_ledger_log(to->l, origin), *theirs = yw_ledger_log(from->l, origin);
	struct yw_asker asker = { YW_ASKER_NODE, to->t->code };
	struct yw_lpackage lp;
	bool took;

	if (mine != NULL && theirs != NULL && seek(to, from, mine, theirs))
		return true;
	if (mine == NULL || theirs == NULL || !yw_ledger_fetches(to->l, mine) || mine->frozen || mine->broken ||
	    theirs->full_size <= mine->size)
		return false;
	if (!yw_lnode_serve(from, origin, mine->size, 0, mine->target_size, mine->size, &asker, 1 << 20, &lp))
		return false;
	took = yw_ledger_take_package(to->l, &lp.p, &err) == YW_OK;
	yw_lnode_commit(to);		/* the spans were copied */
	yw_lpackage_release(&lp);
	return took;
}

static bool
pull_bodies(struct yw_lnode *to, struct yw_lnode *from, const struct yw_log *log)
{
	struct yw_asker asker = { YW_ASKER_NODE, to->t->code };
	struct yw_missing places[64], start = { 0, 0 };
	size_t n = yw_ledger_missing(to->l, log, &start, places, 64);
	struct yw_buf bytes = YW_BUF_INIT;
	const struct yw_log_info *theirs;
	struct yw_view *v;
	bool took = false;

	must(yw_view_open(from->l, &v, &err), "view");
	theirs = yw_view_log(v, log->origin.text);
	for (size_t i = 0; theirs != NULL && i < n; i++) {
		struct yw_body b = { .index = places[i].index, .item = places[i].item };

		yw_buf_clear(&bytes);
		if (yw_view_serve_body(v, theirs, b.index, b.item, &asker, &bytes, &err) != YW_OK)
			continue;
		b.bytes = yw_buf_bytes(&bytes);
		yw_body_check(&b);
		took |= yw_ledger_take_body(to->l, log->origin.text, &b, &err) == YW_OK;
	}
	yw_view_close(v);
	yw_buf_release(&bytes);
	yw_lnode_commit(to);
	return took;
}

static bool
hear(struct yw_lnode *to, const struct yw_log *theirs)
{
	uint64_t before = yw_lnode_stamp(to);
	enum yw_code code = YW_OK;

	if (yw_ledger_log(to->l, theirs->origin.text) == NULL)
		return false;
	yw_ledger_heard(to->l, yw_ledger_log(to->l, theirs->origin.text), theirs->full_size);
	if (theirs->full_size > 0)
		code = yw_ledger_take_head(to->l, yw_buf_bytes(&theirs->full), &err);
	for (size_t i = 0; i < theirs->n_beats && code == YW_OK; i++)
		code = yw_ledger_take_beat(to->l, yw_buf_bytes(&theirs->beats[i].note), &err);
	/* YW_ENOENT: by keys that are known when the entries have come (T5) */
	YW_CHECK_MSG(code == YW_OK || code == YW_ECONFLICT || code == YW_ENOENT, "lnet: %s hears: %s", to->t->code.code, err.msg);
	yw_lnode_commit(to);
	return yw_lnode_stamp(to) != before;
}

bool
yw_lnode_follow(struct yw_lnode *to, struct yw_lnode *from)
{
	bool changed = false;

	for (size_t i = 0; i < yw_ledger_count(from->l); i++) {
		const struct yw_log *theirs = yw_ledger_at(from->l, i);

		if (to->alone && strcmp(theirs->origin.text, to->t->origin.text) == 0)
			continue;
		changed |= hear(to, theirs);
		while (pull(to, from, theirs->origin.text))
			changed = true;
	}
	for (size_t i = 0; i < yw_ledger_count(to->l); i++)
		if (yw_ledger_at(to->l, i)->n_missing > 0)
			changed |= pull_bodies(to, from, yw_ledger_at(to->l, i));
	return changed;
}

void
yw_lnet_sync(struct yw_lnet *net)
{
	bool changed = true;

	for (int round = 0; changed; round++) {
		YW_CHECK_MSG(round < 100, "lnet: it does not come to rest");
		changed = false;
		for (size_t i = 0; i < net->count; i++) {
			uint64_t before = yw_lnode_stamp(&net->n[i]);

			yw_lnode_tick(&net->n[i]);
			for (size_t k = 0; k < net->count; k++)
				if (k != i)
					yw_lnode_follow(&net->n[i], &net->n[k]);
			changed |= yw_lnode_stamp(&net->n[i]) != before;
		}
	}
}
