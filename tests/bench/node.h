/*
 * node.h - a ledger on a real disk with a guard in a file, and the records it is filled with.
 */
#ifndef YW_TESTS_BENCH_NODE_H
#define YW_TESTS_BENCH_NODE_H

#include "ledger/view.h"
#include "support/tnet.h"

struct yw_bench_node {
	char dir[256];
	struct yw_tnet *net;		/* keys and network file; not this node's to free */
	struct yw_tlog *t;
	struct yw_store *store;		/* in memory where dir is "" */
	struct yw_guard_file file;
	struct yw_guard_io io;
	struct yw_ledger *l;
};

/* Codes of the network: 320000, the first node, and 320100 below it. */
struct yw_tnet *yw_bench_net(void);
void yw_bench_open(struct yw_bench_node *n, struct yw_tnet *net, const char *code, bool disk);
void yw_bench_close(struct yw_bench_node *n);	/* and removes its directory */

/* A contract with every field filled in, of this code, number n (revision 1). */
void yw_bench_contract(const char *code, unsigned long n, struct yw_buf *out);

/* Ends the program with the sentence if a call failed. */
void yw_bench_must(enum yw_code code, const struct yw_error *err, const char *what);

/*
 * Bare RocksDB: the same families, keys and values, nothing else.
 */
struct yw_bare;
struct yw_bare *yw_bare_open(const char *dir);
void yw_bare_close(struct yw_bare *b);
void yw_bare_put(struct yw_bare *b, unsigned family, struct yw_bytes key, struct yw_bytes value);
void yw_bare_write(struct yw_bare *b, bool sync);	/* what was put since the last write, as one batch */

#endif
