/*
 * node.c - see node.h.
 */
#include <rocksdb/c.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/node.h"
#include "record/record.h"
#include "support/records.h"

static struct yw_error err;

void
yw_bench_must(enum yw_code code, const struct yw_error *e, const char *what)
{
	if (code == YW_OK)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, e->msg);
	exit(1);
}

struct yw_tnet *
yw_bench_net(void)
{
	static const char *const codes[] = { "320000", "320100" };

	yw_bench_must(yw_crypto_init(&err), &err, "crypto");
	return yw_tnet_new("onenet.example", codes, 2, "quorum none\n");
}

/* ---- a node */

static enum yw_code
no_guard_read(void *arg, uint8_t out[static YW_GUARD_BYTES], struct yw_error *e)
{
	(void)e;
	memcpy(out, arg, YW_GUARD_BYTES);
	return YW_OK;
}

static enum yw_code
no_guard_write(void *arg, unsigned slot, const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_error *e)
{
	(void)e;
	memcpy((uint8_t *)arg + slot * YW_GUARD_SLOT_BYTES, in, YW_GUARD_SLOT_BYTES);
	return YW_OK;
}

static void
open_guard(struct yw_bench_node *n, bool disk)
{
	struct yw_guard_mark mark = { .size = 0 };
	struct yw_guard g = { .sequence = 0 };
	char path[300];

	if (disk) {
		snprintf(path, sizeof path, "%s/guard", n->dir);
		yw_bench_must(yw_guard_file_open(&n->file, path, true, &n->io, &err), &err, "guard");
	} else {
		void *bytes = calloc(1, YW_GUARD_BYTES);

		n->io = (struct yw_guard_io) { no_guard_read, no_guard_write, bytes };
	}
	g.io = n->io;
	yw_bench_must(yw_guard_write(&g, &mark, &err), &err, "guard");
}

void
yw_bench_open(struct yw_bench_node *n, struct yw_tnet *net, const char *code, bool disk)
{
	const struct yw_store_options so = {
		.families = yw_ledger_families, .n_families = yw_ledger_n_families, .format_version = YW_LEDGER_FORMAT,
		.cache_bytes = 32 << 20, .write_buffer_bytes = 48 << 20,
	};
	struct yw_ledger_options lo = { .guard = &n->io, .clock = yw_clock_real, .beat_every_ms = 10000 };
	char path[300];

	*n = (struct yw_bench_node) { .net = net, .t = yw_tnet_log(net, code), .file = { .fd = -1 } };
	if (disk) {
		yw_bench_dir(n->dir);
		snprintf(path, sizeof path, "%s/db", n->dir);
		yw_bench_must(yw_store_open(path, &so, &n->store, &err), &err, "store");
	} else {
		yw_bench_must(yw_store_open_memory(&so, &n->store), &err, "store");
	}
	open_guard(n, disk);
	lo.store = n->store;
	lo.network = &net->network;
	lo.code = n->t->code;
	lo.keys = &n->t->keys;
	lo.request = yw_buf_bytes(&n->t->request);
	yw_bench_must(yw_ledger_open(&lo, &n->l, &err), &err, "ledger");
}

void
yw_bench_close(struct yw_bench_node *n)
{
	yw_ledger_close(n->l);
	yw_store_close(n->store);
	if (n->dir[0] == '\0')
		free(n->io.arg);
	yw_guard_file_close(&n->file);
	if (n->dir[0] != '\0')
		yw_bench_remove(n->dir);
}

void
yw_bench_contract(const char *code, unsigned long n, struct yw_buf *out)
{
	static struct yw_buf base = YW_BUF_INIT;
	struct yw_record_stamp stamp = { .revision = 1, .op = YW_OP_PUT };
	uint8_t salt[YW_SALT_BYTES] = { 0 };
	char id[YW_ID_MAX + 1];

	if (base.len == 0)	/* first in one thread */
		yw_bench_must(yw_record_from_json(yw_bytes_str(yw_sample_contract), &base, &err), &err, "contract");
	snprintf(id, sizeof id, "%s/contract/%016lx", code, n * 0x9e3779b97f4a7c15u);
	stamp.id = id;
	memcpy(salt, &n, sizeof n);
	stamp.salt = salt;
	yw_bench_must(yw_record_finish(yw_buf_bytes(&base), &stamp, out, &err), &err, "contract");
}

/* ---- bare RocksDB */

struct yw_bare {
	rocksdb_t *db;
	rocksdb_options_t *options;
	rocksdb_writeoptions_t *write[2];
	rocksdb_writebatch_t *batch;
	rocksdb_column_family_handle_t *families[16];
};

static void
status(char *s)
{
	if (s == NULL)
		return;
	fprintf(stderr, "bench: rocksdb: %s\n", s);
	exit(1);
}

/* The sizes of the store's own options; everything else as RocksDB has it. */
struct yw_bare *
yw_bare_open(const char *dir)
{
	struct yw_bare *b = calloc(1, sizeof *b);
	const rocksdb_options_t *options[16];
	const char *names[16];
	size_t n = yw_ledger_n_families;
	char *s = NULL;

	b->options = rocksdb_options_create();
	rocksdb_options_set_create_if_missing(b->options, 1);
	rocksdb_options_set_create_missing_column_families(b->options, 1);
	rocksdb_options_set_db_write_buffer_size(b->options, 48 << 20);
	rocksdb_options_set_write_buffer_size(b->options, 24 << 20);
	rocksdb_options_set_compression(b->options, rocksdb_lz4_compression);
	for (size_t i = 0; i < n; i++)
		names[i] = yw_ledger_families[i].name;
	names[n] = "default";
	for (size_t i = 0; i <= n; i++)
		options[i] = b->options;
	b->db = rocksdb_open_column_families(b->options, dir, (int)n + 1, names, options, b->families, &s);
	status(s);
	for (int sync = 0; sync < 2; sync++) {
		b->write[sync] = rocksdb_writeoptions_create();
		rocksdb_writeoptions_set_sync(b->write[sync], (unsigned char)sync);
	}
	b->batch = rocksdb_writebatch_create();
	return b;
}

void
yw_bare_close(struct yw_bare *b)
{
	for (size_t i = 0; i <= yw_ledger_n_families; i++)
		rocksdb_column_family_handle_destroy(b->families[i]);
	rocksdb_writebatch_destroy(b->batch);
	rocksdb_writeoptions_destroy(b->write[0]);
	rocksdb_writeoptions_destroy(b->write[1]);
	rocksdb_close(b->db);
	rocksdb_options_destroy(b->options);
	free(b);
}

void
yw_bare_put(struct yw_bare *b, unsigned family, struct yw_bytes key, struct yw_bytes value)
{
	rocksdb_writebatch_put_cf(b->batch, b->families[family], (const char *)key.data, key.len,
	    value.len > 0 ? (const char *)value.data : "", value.len);
}

void
yw_bare_write(struct yw_bare *b, bool sync)
{
	char *s = NULL;

	rocksdb_write(b->db, b->write[sync], b->batch, &s);
	status(s);
	rocksdb_writebatch_clear(b->batch);
}
