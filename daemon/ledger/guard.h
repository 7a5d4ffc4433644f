/*
 * guard.h - a small synced file that remembers what was promised (rule L1).
 *
 * A database can lose the end of its log silently, a disk can be set back; the guard, written after
 * the batch is durable and before anything is acknowledged, notices the first and, together with
 * peers, the second.  It stays out of backups.  guard.c gives the bytes.
 *
 * Threads: the writer only.
 */
#ifndef YW_LEDGER_GUARD_H
#define YW_LEDGER_GUARD_H

#include "base/buf.h"
#include "crypto/keys.h"
#include "record/code.h"

#define YW_GUARD_SLOT_BYTES 256
#define YW_GUARD_BYTES (2 * YW_GUARD_SLOT_BYTES)

struct yw_guard_mark {
	struct yw_origin origin;	/* of the own log; "" while it has none */
	uint64_t size;			/* of the own log, leaves */
	struct yw_hash root;
	uint64_t commit;		/* rises with every commit, own entries or not */
	uint8_t boot_id[16];		/* of the kernel; all zero where it cannot be read */
	uint8_t machine_id[16];
};

/* The bytes of a guard somewhere: a file, or memory with a power switch in a simulation. */
struct yw_guard_io {
	/* All YW_GUARD_BYTES; YW_ENOENT if there is no guard at all. */
	enum yw_code (*read)(void *arg, uint8_t out[static YW_GUARD_BYTES], struct yw_error *err);
	/* Overwrites one slot in place; durable on return. */
	enum yw_code (*write)(void *arg, unsigned slot, const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_error *err);
	void *arg;
};

struct yw_guard {
	struct yw_guard_io io;
	unsigned next;			/* slot to write */
	uint64_t sequence;		/* of the last write */
};

/* The newest whole slot.  YW_ENOENT: no guard; YW_EFORMAT: there is one and no slot is whole. */
YW_CHECKED enum yw_code yw_guard_open(struct yw_guard *g, const struct yw_guard_io *io, struct yw_guard_mark *out,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_guard_write(struct yw_guard *g, const struct yw_guard_mark *m, struct yw_error *err);

/* A guard in a file, kept open; `create` makes it (mode 0600, directory synced) with two empty slots.  A write fails
 * (YW_EIO) also where the file is not the one of that name any more.
 * YW_ENOENT: there is none.  f may be closed after any outcome. */
struct yw_guard_file { int fd; char path[1024]; };
YW_CHECKED enum yw_code yw_guard_file_open(struct yw_guard_file *f, const char *path, bool create,
    struct yw_guard_io *out, struct yw_error *err);
void yw_guard_file_close(struct yw_guard_file *f);

/*
 * Beside it, the list of what was erased (V6), which stays out of backups likewise; erased.c gives the bytes.  read: YW_ENOENT
 * if there is none; write: in place of it, durable on return.
 */
#define YW_ERASED_LIST_MAX (64u << 20)
struct yw_erased_io {
	enum yw_code (*read)(void *arg, struct yw_buf *out, struct yw_error *err);
	enum yw_code (*write)(void *arg, struct yw_bytes list, struct yw_error *err);
	void *arg;
};
/* A file; the path is borrowed. */
void yw_erased_file(const char *path, struct yw_erased_io *out);

/* This boot and machine, as the kernel and systemd name them. */
void yw_guard_here(struct yw_guard_mark *m);

#endif
