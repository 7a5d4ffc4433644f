/*
 * disks.h - what happens to the disk of a real node while its daemon does not run: an old image is put back, a file is
 * lost, the end of RocksDB's log goes without a word, the machine is copied.
 */
#ifndef YW_TESTS_SUPPORT_DISKS_H
#define YW_TESTS_SUPPORT_DISKS_H

#include "support/nodes.h"

/* An image of its data directory, guard and all, under a name; and back, with nothing that is newer. */
void yw_disk_save(const struct yw_test_node *n, const char *name);
void yw_disk_put_back(const struct yw_test_node *n, const char *name);

void yw_disk_lose(const struct yw_test_node *n, const char *what);	/* below its data directory: "guard", "db" */

/* The machine has been started anew since the guard was written (L3). */
void yw_disk_boot(const struct yw_test_node *n);

/* RocksDB's newest write-ahead log, which must hold something: the file is gone, cut to half, or has a byte changed in
 * its first half. */
enum yw_wal_damage { YW_WAL_GONE, YW_WAL_CUT, YW_WAL_CHANGED };
void yw_disk_damage_wal(const struct yw_test_node *n, enum yw_wal_damage how);

/* Another machine with all that this one has, keys too, as one more node of the network; listens elsewhere. */
struct yw_test_node *yw_disk_clone(struct yw_nodes *net, const struct yw_test_node *n);

#endif
