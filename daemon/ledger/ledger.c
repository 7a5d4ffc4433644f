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
	free(in->taken);
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

/* --- reading the store --- */

/* False: the record has another form. */
static bool
decode_record(struct yw_bytes v, struct log_inside *in, struct yw_origin *origin)
{
	size_t n;

	if (v.len < RECORD_FIXED)
		return false;
	n = yw_get_be16(v.data + RECORD_FIXED - 2);
	if (n > YW_ORIGIN_MAX || v.len < RECORD_FIXED + n || v.len - RECORD_FIXED - n >= YW_ERROR_MAX)
		return false;
	*origin = (struct yw_origin) { 0 };
	memcpy(origin->text, v.data + RECORD_FIXED, n);
	if (in == NULL)
		return true;
	in->pub.size = in->committed_size = yw_get_be64(v.data);
	memcpy(in->pub.root.b, v.data + 8, YW_HASH_BYTES);
	in->committed_root = in->pub.root;
	in->pub.broken = v.data[8 + YW_HASH_BYTES] != 0;
	memset(in->pub.trouble, 0, sizeof in->pub.trouble);
	memcpy(in->pub.trouble, v.data + RECORD_FIXED + n, v.len - RECORD_FIXED - n);
	return true;
}

static void
put_record(struct yw_ledger *l, struct log_inside *in)
{
	struct key k = key_log(in->pub.number);
	struct yw_buf v = YW_BUF_INIT;

	yw_buf_add_be64(&v, in->pub.size);
	yw_buf_add(&v, in->pub.root.b, sizeof in->pub.root.b);
	yw_buf_add_byte(&v, in->pub.broken);
	yw_buf_add_be16(&v, (uint16_t)strlen(in->pub.origin.text));
	yw_buf_add_str(&v, in->pub.origin.text);
	yw_buf_add_str(&v, in->pub.trouble);
	yw_batch_put(l->batch, F_META, key_bytes(&k), yw_buf_bytes(&v));
	yw_buf_release(&v);
}

/* A note under heads/n/what, with what it says; a missing one leaves *size 0. */
static enum yw_code
load_head(struct yw_ledger *l, struct log_inside *in, char what, struct yw_buf *note, uint64_t *size,
    struct yw_error *err)
{
	struct key k = key_head(in->pub.number, what);
	struct yw_checkpoint c;
	struct yw_note n;
	enum yw_code code;

	yw_buf_clear(note);
	*size = 0;
	code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&k), note, err);
	if (code == YW_ENOENT)
		return YW_OK;
	if (code == YW_OK)
		code = yw_note_parse(yw_buf_bytes(note), &n, err);
	if (code != YW_OK)
		return code;
	code = yw_checkpoint_parse(n.text, &c, err);
	yw_note_release(&n);
	if (code == YW_OK)
		*size = c.size;
	return code;
}

static enum yw_code
load_tree(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct tiles t = { .store = l->store, .number = in->pub.number };
	struct yw_tile_reader r;
	struct yw_hash root;
	enum yw_code code;

	tiles_reader(&t, &r);
	code = yw_tree_load(in->tree, in->pub.size, &r, err);
	if (code == YW_ENOENT)
		code = YW_EIO;
	if (code != YW_OK)
		return code;
	yw_tree_root(in->tree, &root);
	if (!yw_hash_equal(&root, &in->pub.root))
		return yw_fail(err, YW_EIO, "the tiles of '%s' do not give the root in its record: the store is damaged",
		    in->pub.origin.text);
	return YW_OK;
}

/* Feeds one log's trust entries to trust/, in order. */
static enum yw_code
load_trust(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_number(in->pub.number), k;
	struct yw_buf envelope = YW_BUF_INIT;
	enum yw_code code = YW_OK, end;
	struct yw_iter *it;
	struct yw_error alarm;
	struct yw_entry e;
	uint64_t index;

	it = yw_iter_new(l->store, NULL, F_TRUST, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read '%s'", in->pub.origin.text);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		index = yw_get_be64(yw_iter_key(it).data + 4);
		k = key_entry(in->pub.number, index);
		yw_buf_clear(&envelope);
		code = yw_store_get(l->store, NULL, F_ENTRIES, key_bytes(&k), &envelope, err);
		if (code == YW_OK)
			code = yw_entry_read(in->pub.origin.text, yw_buf_bytes(&envelope), &e, err);
		if (code != YW_OK)
			break;
		alarm.msg[0] = '\0';	/* it was said when the entry came */
		code = yw_trust_add(l->trust, &in->pub.origin, index, &e, &alarm);
		yw_entry_release(&e);
	}
	end = yw_iter_finish(it, err);
	yw_buf_release(&envelope);
	return code != YW_OK ? code : end;
}

static enum yw_code
load_frozen(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key k = key_head(in->pub.number, 'x');
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&k), (struct yw_bytes) { NULL, 0 }, false);

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read '%s'", in->pub.origin.text);
	in->pub.frozen = yw_iter_valid(it);
	return yw_iter_finish(it, err);
}

static enum yw_code
count_missing(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key k = key_number(in->pub.number);
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_MISSING, key_bytes(&k), (struct yw_bytes) { NULL, 0 }, false);

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read '%s'", in->pub.origin.text);
	for (in->pub.n_missing = 0; yw_iter_valid(it); yw_iter_next(it))
		in->pub.n_missing++;
	return yw_iter_finish(it, err);
}

static enum yw_code
load_log(struct yw_ledger *l, struct log_inside *in, struct yw_bytes record, struct yw_error *err)
{
	struct yw_origin origin;
	enum yw_code code;

	if (!decode_record(record, in, &origin))
		return yw_fail(err, YW_EIO, "the record of log %u has another form: the store is damaged", in->pub.number);
	in->stored = true;
	in->changed = in->tree_changed = false;
	in->n_taken = 0;
	in->pub.target_size = 0;
	yw_buf_clear(&in->pub.target);
	code = load_tree(l, in, err);
	if (code == YW_OK)
		code = load_head(l, in, 'h', &in->pub.head, &in->pub.head_size, err);
	if (code == YW_OK)
		code = load_head(l, in, 'f', &in->pub.full, &in->pub.full_size, err);
	if (code == YW_OK)
		code = load_frozen(l, in, err);
	if (code == YW_OK)
		code = count_missing(l, in, err);
	if (code == YW_OK)
		code = load_trust(l, in, err);
	return code;
}

/* A log that only the abandoned turn knew: empty again, its number stays its own. */
static enum yw_code
empty_log(struct log_inside *in)
{
	yw_tree_free(in->tree);
	in->tree = NULL;
	if (yw_tree_new(&in->tree) != YW_OK)
		return YW_ENOMEM;
	yw_tree_root(in->tree, &in->pub.root);
	in->committed_root = in->pub.root;
	in->pub.size = in->pub.head_size = in->pub.full_size = in->pub.target_size = in->pub.n_missing = 0;
	in->changed = in->tree_changed = in->pub.own = false;
	drop_beats(in);
	return YW_OK;
}

static enum yw_code
load_logs(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf record = YW_BUF_INIT;
	enum yw_code code = YW_OK;
	struct yw_origin origin;
	struct log_inside *in;

	for (uint32_t n = 0; code == YW_OK; n++) {
		struct key k = key_log(n);

		yw_buf_clear(&record);
		code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), &record, err);
		if (code == YW_ENOENT) {
			code = YW_OK;
			for (; code == YW_OK && n < l->n_logs; n++)
				code = empty_log(l->logs[n]);
			break;
		}
		if (code == YW_OK && !decode_record(yw_buf_bytes(&record), NULL, &origin))
			code = yw_fail(err, YW_EIO, "the record of log %u has another form: the store is damaged", n);
		if (code != YW_OK)
			break;
		in = n < l->n_logs ? l->logs[n] : NULL;
		if (in == NULL)
			code = add_log(l, &origin, &in, err);
		if (code == YW_OK)
			code = load_log(l, in, yw_buf_bytes(&record), err);
	}
	yw_buf_release(&record);
	return code;
}

static enum yw_code
load_commit(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf v = YW_BUF_INIT;
	struct key k = key_meta("commit");
	enum yw_code code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), &v, err);

	l->commit = 0;
	if (code == YW_OK && v.len != 8)
		code = yw_fail(err, YW_EIO, "the commit number has another form: the store is damaged");
	else if (code == YW_OK)
		l->commit = yw_get_be64(v.data);
	yw_buf_clear(&v);
	k = key_meta("code");
	if (code == YW_OK)
		code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), &v, err);
	if (code == YW_OK && !yw_bytes_equal(yw_buf_bytes(&v), yw_bytes_str(l->code.code)))
		code = yw_fail(err, YW_EDENIED, "this data directory belongs to node %.6s, the configuration says %s",
		    yw_buf_str(&v), l->code.code);
	yw_buf_release(&v);
	return code == YW_ENOENT ? YW_OK : code;
}

static enum yw_code
load_foreign_day(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf v = YW_BUF_INIT;
	struct key k = key_meta("foreign");
	enum yw_code code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), &v, err);

	l->foreign_day = code == YW_OK && v.len == 4 ? yw_get_be32(v.data) : 0;
	yw_buf_release(&v);
	return code == YW_ENOENT ? YW_OK : code;
}

/* Memory from the store: at open, and after a turn that was not committed. */
static enum yw_code
load_all(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code;

	yw_trust_free(l->trust);
	l->trust = NULL;
	l->own = NULL;
	code = yw_trust_new(&l->network, &l->trust, err);
	if (code == YW_OK)
		code = load_commit(l, err);
	if (code == YW_OK)
		code = load_foreign_day(l, err);
	if (code == YW_OK)
		code = load_logs(l, err);
	if (code == YW_OK)
		code = attach_logs(l, err);
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		code = load_beats(l, l->logs[i], err);
		if (code == YW_OK)
			code = refresh_missing(l, l->logs[i], err);
	}
	l->trust_changed = true;
	return code;
}

/* --- the guard --- */

static enum yw_code
load_behind(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf v = YW_BUF_INIT;
	struct key k = key_meta("behind");
	enum yw_code code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), &v, err);

	if (code == YW_OK) {
		yw_fail(&l->behind, YW_ESTOPPED, "%s", yw_buf_str(&v));
		l->behind_stored = true;
	}
	yw_buf_release(&v);
	return code == YW_ENOENT ? YW_OK : code;
}

/* Does the store hold everything that was promised (L1, L2)? */
static enum yw_code
compare_guard(struct yw_ledger *l, const struct yw_guard_io *io, struct yw_error *err)
{
	enum yw_code code = yw_guard_open(&l->guard, io, &l->mark, err);

	if (code == YW_ENOENT || code == YW_EFORMAT) {
		if (l->behind.msg[0] == '\0')
			yw_fail(&l->behind, YW_ESTOPPED, "there is no whole guard: this disk may be an old image or the "
			    "guard was lost; appending would risk a fork of the log");
		return YW_OK;
	}
	if (code != YW_OK)
		return code;
	if (l->mark.commit > l->commit && l->behind.msg[0] == '\0')
		yw_fail(&l->behind, YW_ESTOPPED, "the guard promises commit %llu (own log of %llu entries), the database "
		    "ends at %llu (%llu entries): what is missing was acknowledged or shown",
		    (unsigned long long)l->mark.commit, (unsigned long long)l->mark.size, (unsigned long long)l->commit,
		    (unsigned long long)(l->own != NULL ? l->own->pub.size : 0));
	if (l->mark.commit > l->commit)
		l->commit = l->mark.commit;
	return YW_OK;
}

/* A node that is behind leaves the guard's word about its own log as it is. */
static enum yw_code
write_guard(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_guard_mark m = l->mark;
	enum yw_code code;

	m.commit = l->commit;
	yw_guard_here(&m);
	if (l->own != NULL && l->behind.msg[0] == '\0') {
		m.origin = l->own->pub.origin;
		m.size = l->own->pub.size;
		m.root = l->own->pub.root;
	}
	code = yw_guard_write(&l->guard, YW_FAULT("ack-before-guard") ? &l->mark : &m, err);
	if (code == YW_OK)
		l->mark = m;
	return code;
}

/* --- open, close, state --- */

static enum yw_code
check_keys(const struct yw_ledger_options *o, struct yw_hash *request_hash, struct yw_error *err)
{
	struct yw_request r;
	bool old;
	enum yw_code code = yw_request_read(o->request, NULL, &r, &old, err);

	if (code != YW_OK)
		return code;
	if (!yw_jurisdiction_equal(&r.code, &o->code))
		return yw_fail(err, YW_EDENIED, "the join request is for %s, the configuration says %s", r.code.code,
		    o->code.code);
	if (memcmp(&r.keys, &o->keys->pub, sizeof r.keys) != 0)
		return yw_fail(err, YW_EDENIED, "the keys are not those of the join request of %s", r.code.code);
	if (!yw_hash_equal(&r.network, &o->network->hash))
		return yw_fail(err, YW_EDENIED, "the join request is for another network than '%s'", o->network->name);
	yw_request_hash(o->request, request_hash);
	return YW_OK;
}

static enum yw_code
copy_network(const struct yw_network *n, struct yw_network *out, struct yw_error *err)
{
	return yw_network_parse(yw_buf_bytes(&n->note), n->version == 1 ? NULL : &n->hash, out, err);
}

enum yw_code
yw_ledger_open(const struct yw_ledger_options *o, struct yw_ledger **out, struct yw_error *err)
{
	struct yw_ledger *l = calloc(1, sizeof *l);
	enum yw_code code;

	if (l == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to open the ledger");
	pthread_mutex_init(&l->publish_lock, NULL);
	l->store = o->store;
	l->clock = o->clock;
	l->code = o->code;
	l->keys = o->keys;
	l->beat_every_ms = o->beat_every_ms;
	l->batch = yw_batch_new();
	yw_buf_add(&l->request, o->request.data, o->request.len);
	code = l->batch == NULL ? yw_fail(err, YW_ENOMEM, "no memory to open the ledger") : yw_buf_check(&l->request, err);
	if (code == YW_OK)
		code = copy_network(o->network, &l->network, err);
	if (code == YW_OK)
		code = check_keys(o, &l->request_hash, err);
	if (code == YW_OK)
		code = load_all(l, err);
	if (code == YW_OK)
		code = load_behind(l, err);
	if (code == YW_OK)
		code = compare_guard(l, o->guard, err);
	if (code == YW_OK)
		code = append_genesis(l, err);
	if (code == YW_OK)
		code = l->dirty ? yw_ledger_commit(l, err) : publish(l, err);
	if (code != YW_OK) {
		yw_ledger_close(l);
		return code;
	}
	*out = l;
	return YW_OK;
}

void
yw_ledger_close(struct yw_ledger *l)
{
	if (l == NULL)
		return;
	unpublish(l);
	drop_groups(l);
	for (size_t i = 0; i < l->n_logs; i++)
		free_log(l->logs[i]);
	free(l->logs);
	yw_trust_free(l->trust);
	yw_network_release(&l->network);
	yw_buf_release(&l->request);
	yw_batch_free(l->batch);
	pthread_mutex_destroy(&l->publish_lock);
	free(l);
}

enum yw_ledger_mode
yw_ledger_state(struct yw_ledger *l, struct yw_error *why)
{
	if (l->failed.msg[0] != '\0') {
		*why = l->failed;
		return YW_LEDGER_FAILED;
	}
	if (l->own == NULL) {
		yw_fail(why, YW_ESTOPPED, "node %s has not been admitted yet: its issuer has to grant its request", l->code.code);
		return YW_LEDGER_JOINING;
	}
	if (l->own->pub.frozen) {
		yw_fail(why, YW_ESTOPPED, "two contradicting heads of '%s' exist: this log has been forked and goes on only "
		    "as a next generation", l->own->pub.origin.text);
		return YW_LEDGER_CONTRADICTED;
	}
	if (l->behind.msg[0] != '\0') {
		*why = l->behind;
		return YW_LEDGER_BEHIND;
	}
	yw_fail(why, YW_OK, "appending");
	return YW_LEDGER_APPENDING;
}

bool
may_append(struct yw_ledger *l, struct yw_error *why)
{
	struct yw_error e;
	enum yw_ledger_mode mode = yw_ledger_state(l, &e);

	if (mode == YW_LEDGER_APPENDING)
		return true;
	if (why != NULL)
		*why = e;
	return false;
}

size_t
yw_ledger_count(const struct yw_ledger *l)
{
	return l->n_logs;
}

struct yw_log *
yw_ledger_at(struct yw_ledger *l, size_t i)
{
	return &l->logs[i]->pub;
}

struct yw_log *
yw_ledger_log(struct yw_ledger *l, const char *origin)
{
	struct log_inside *in = find_log(l, origin);

	return in != NULL && log_generation(l, in) != NULL ? &in->pub : NULL;
}

struct yw_log *
yw_ledger_own(struct yw_ledger *l)
{
	return l->own != NULL ? &l->own->pub : NULL;
}

uint64_t
yw_ledger_stamp(const struct yw_ledger *l)
{
	return l->stamp;
}

const struct yw_trust *
yw_ledger_trust(const struct yw_ledger *l)
{
	return l->trust;
}

bool
yw_ledger_dirty(const struct yw_ledger *l)
{
	return l->dirty;
}

/* --- commit --- */

static enum yw_code
put_logs(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];
		struct tiles t = { .batch = l->batch, .number = in->pub.number };
		struct yw_tile_writer w;

		if (!in->changed)
			continue;
		tiles_writer(&t, &w);
		if (in->tree_changed)
			code = yw_tree_flush(in->tree, &w, err);
		put_record(l, in);
	}
	return code;
}

static void
put_meta(struct yw_ledger *l)
{
	struct key k = key_meta("commit");
	uint8_t n[8];

	yw_put_be64(n, l->commit + 1);
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { n, sizeof n });
	k = key_meta("code");
	yw_batch_put(l->batch, F_META, key_bytes(&k), yw_bytes_str(l->code.code));
	if (l->behind.msg[0] != '\0' && !l->behind_stored) {
		k = key_meta("behind");
		yw_batch_put(l->batch, F_META, key_bytes(&k), yw_bytes_str(l->behind.msg));
	}
}

static enum yw_code
write_turn(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = seal_groups(l, err);

	if (code == YW_OK)
		code = sign_own_head(l, err);
	if (code == YW_OK && l->beat_due)
		code = make_beat(l, err);
	if (code == YW_OK)
		code = put_logs(l, err);
	if (code != YW_OK)
		return code;
	put_meta(l);
	return yw_store_write(l->store, l->batch, !YW_FAULT("wal-unsynced"), err);
}

/* Nothing of the turn happened: memory goes back to what the store says. */
static enum yw_code
abandon(struct yw_ledger *l, enum yw_code code, struct yw_error *err)
{
	struct yw_error reload;

	yw_batch_clear(l->batch);
	drop_groups(l);
	l->dirty = l->beat_due = false;
	l->spoilt.msg[0] = '\0';
	if (code == YW_EIO && l->failed.msg[0] == '\0')
		yw_fail(&l->failed, YW_EIO, "writing has stopped: %.200s", err != NULL ? err->msg : "disk or database error");
	if (load_all(l, &reload) != YW_OK && l->failed.msg[0] == '\0')
		yw_fail(&l->failed, YW_EIO, "writing has stopped: %.200s", reload.msg);
	return code;
}

static enum yw_code
settle(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];

		if (!in->changed)
			continue;
		in->stored = true;
		in->changed = in->tree_changed = false;
		in->n_taken = 0;
		in->committed_size = in->pub.size;
		in->committed_root = in->pub.root;
		code = refresh_missing(l, in, err);
	}
	l->dirty = code == YW_OK && receipts_due(l);
	return code == YW_OK ? publish(l, err) : code;
}

enum yw_code
yw_ledger_commit(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code;

	if (l->failed.msg[0] != '\0') {
		abandon(l, YW_ESTOPPED, NULL);
		return yw_fail(err, YW_EIO, "%s", l->failed.msg);
	}
	if (l->spoilt.msg[0] != '\0') {
		code = yw_fail(err, l->spoilt.code, "%s", l->spoilt.msg);
		return abandon(l, code, err);
	}
	if (!l->dirty)
		return YW_OK;
	code = write_turn(l, err);
	if (code != YW_OK)
		return abandon(l, code, err);
	l->commit++;
	l->behind_stored = l->behind.msg[0] != '\0';
	l->dirty = l->beat_due = false;
	yw_batch_clear(l->batch);
	code = write_guard(l, err);
	if (code != YW_OK)
		return abandon(l, YW_EIO, err);
	return settle(l, err);
}
