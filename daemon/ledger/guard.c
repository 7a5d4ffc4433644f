/*
 * guard.c - two checksummed slots, written in turn and in place.
 *
 * A slot of 256 bytes, numbers big-endian:
 *
 *	0	8	"ywguard1"
 *	8	8	sequence: the larger one of two whole slots is the newer
 *	16	8	commit number
 *	24	8	size of the own log, leaves
 *	32	32	root of the own log
 *	64	16	boot id
 *	80	16	machine id
 *	96	97	origin, padded with NULs
 *	193	31	zero
 *	224	32	SHA-256 of the 224 bytes before
 *
 * In the file each slot has a block of 4096 bytes to itself, since a disk that loses power may leave the
 * whole sector it was writing unreadable: the other slot stays whole.  Nothing is renamed and the file never
 * grows, so one fdatasync of one block makes a write durable.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "ledger/guard.h"

#define MAGIC "ywguard1"
#define BLOCK_BYTES 4096
#define ORIGIN_AT 96
#define SUM_AT 224

_Static_assert(ORIGIN_AT + YW_ORIGIN_MAX + 1 <= SUM_AT, "an origin fits in a slot");

static void
encode(const struct yw_guard_mark *m, uint64_t sequence, uint8_t out[static YW_GUARD_SLOT_BYTES])
{
	struct yw_hash sum;

	memset(out, 0, YW_GUARD_SLOT_BYTES);
	memcpy(out, MAGIC, 8);
	yw_put_be64(out + 8, sequence);
	yw_put_be64(out + 16, m->commit);
	yw_put_be64(out + 24, m->size);
	memcpy(out + 32, m->root.b, sizeof m->root.b);
	memcpy(out + 64, m->boot_id, sizeof m->boot_id);
	memcpy(out + 80, m->machine_id, sizeof m->machine_id);
	memcpy(out + ORIGIN_AT, m->origin.text, strlen(m->origin.text));
	yw_sha256(out, SUM_AT, &sum);
	memcpy(out + SUM_AT, sum.b, sizeof sum.b);
}

/* False: not a whole slot. */
static bool
decode(const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_guard_mark *m, uint64_t *sequence)
{
	struct yw_hash sum;

	yw_sha256(in, SUM_AT, &sum);
	if (memcmp(in, MAGIC, 8) != 0 || memcmp(sum.b, in + SUM_AT, sizeof sum.b) != 0)
		return false;
	*m = (struct yw_guard_mark) { 0 };
	*sequence = yw_get_be64(in + 8);
	m->commit = yw_get_be64(in + 16);
	m->size = yw_get_be64(in + 24);
	memcpy(m->root.b, in + 32, sizeof m->root.b);
	memcpy(m->boot_id, in + 64, sizeof m->boot_id);
	memcpy(m->machine_id, in + 80, sizeof m->machine_id);
	memcpy(m->origin.text, in + ORIGIN_AT, YW_ORIGIN_MAX);
	return true;
}

enum yw_code
yw_guard_open(struct yw_guard *g, const struct yw_guard_io *io, struct yw_guard_mark *out, struct yw_error *err)
{
	uint8_t bytes[YW_GUARD_BYTES];
	struct yw_guard_mark m;
	uint64_t sequence;
	enum yw_code code;

	*g = (struct yw_guard) { .io = *io };
	code = io->read(io->arg, bytes, err);
	if (code != YW_OK)
		return code;
	for (unsigned i = 0; i < 2; i++) {
		if (!decode(bytes + i * YW_GUARD_SLOT_BYTES, &m, &sequence) || sequence <= g->sequence)
			continue;
		*out = m;
		g->sequence = sequence;
		g->next = 1 - i;
	}
	if (YW_FAULT("guard-one-slot"))
		g->next = 0;
	if (g->sequence == 0)
		return yw_fail(err, YW_EFORMAT, "neither slot of the guard is whole");
	return YW_OK;
}

enum yw_code
yw_guard_write(struct yw_guard *g, const struct yw_guard_mark *m, struct yw_error *err)
{
	uint8_t slot[YW_GUARD_SLOT_BYTES];
	enum yw_code code;

	encode(m, g->sequence + 1, slot);
	code = g->io.write(g->io.arg, g->next, slot, err);
	if (code != YW_OK)
		return code;
	g->sequence++;
	g->next = YW_FAULT("guard-one-slot") ? 0 : 1 - g->next;
	return YW_OK;
}

static enum yw_code
file_read(void *arg, uint8_t out[static YW_GUARD_BYTES], struct yw_error *err)
{
	struct yw_guard_file *f = arg;

	for (int i = 0; i < 2; i++) {
		ssize_t n = pread(f->fd, out + i * YW_GUARD_SLOT_BYTES, YW_GUARD_SLOT_BYTES, (off_t)i * BLOCK_BYTES);

		if (n < 0)
			return yw_fail(err, YW_EIO, "unable to read the guard '%s': %s", f->path, strerror(errno));
		if (n < YW_GUARD_SLOT_BYTES)
			return yw_fail(err, YW_EFORMAT, "the guard '%s' is cut short", f->path);
	}
	return YW_OK;
}

static enum yw_code
file_write(void *arg, unsigned slot, const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_error *err)
{
	struct yw_guard_file *f = arg;
	ssize_t n = pwrite(f->fd, in, YW_GUARD_SLOT_BYTES, (off_t)slot * BLOCK_BYTES);

	YW_POINT("guard-written");
	if (n != YW_GUARD_SLOT_BYTES || (!YW_FAULT("guard-unsynced") && fdatasync(f->fd) != 0))
		return yw_fail(err, YW_EIO, "unable to write the guard '%s': %s", f->path,
		    n < 0 || n == YW_GUARD_SLOT_BYTES ? strerror(errno) : "short write");
	if (!yw_file_stands(f->fd, f->path))	/* what stands there would know nothing of this */
		return yw_fail(err, YW_EIO, "the guard '%s' was removed or replaced under the running daemon: start it again, and it "
		    "asks its peers what it has promised", f->path);
	return YW_OK;
}

static enum yw_code
file_create(const char *path, struct yw_error *err)
{
	static const uint8_t empty[2 * BLOCK_BYTES];

	return yw_file_write(path, empty, sizeof empty, 0600, false, err);
}

enum yw_code
yw_guard_file_open(struct yw_guard_file *f, const char *path, bool create, struct yw_guard_io *out,
    struct yw_error *err)
{
	enum yw_code code;

	f->fd = -1;
	if ((size_t)snprintf(f->path, sizeof f->path, "%s", path) >= sizeof f->path)
		return yw_fail(err, YW_ELIMIT, "path too long: '%s'", path);
	if (create) {
		code = file_create(path, err);
		if (code != YW_OK)
			return code;
	}
	f->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (f->fd < 0)
		return yw_fail(err, errno == ENOENT ? YW_ENOENT : YW_EIO, "unable to open the guard '%s': %s", path,
		    strerror(errno));
	*out = (struct yw_guard_io) { file_read, file_write, f };
	return YW_OK;
}

void
yw_guard_file_close(struct yw_guard_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static enum yw_code
list_read(void *arg, struct yw_buf *out, struct yw_error *err)
{
	return yw_file_read(arg, YW_ERASED_LIST_MAX, out, err);
}

static enum yw_code
list_write(void *arg, struct yw_bytes list, struct yw_error *err)
{
	return yw_file_write(arg, list.data, list.len, 0600, true, err);
}

void
yw_erased_file(const char *path, struct yw_erased_io *out)
{
	*out = (struct yw_erased_io) { list_read, list_write, (void *)(uintptr_t)path };
}

/* An id of 32 hex digits, dashes ignored; stays zero if the file says anything else. */
static void
read_id(const char *path, uint8_t out[static 16])
{
	struct yw_buf text = YW_BUF_INIT;
	char hex[33];
	size_t n = 0;

	if (yw_file_read(path, 64, &text, NULL) == YW_OK)
		for (size_t i = 0; i < text.len && n < 32; i++)
			if (text.data[i] != '-' && text.data[i] != '\n')
				hex[n++] = (char)text.data[i];
	if (n != 32 || yw_hex_decode(hex, n, out, 16) != YW_OK)
		memset(out, 0, 16);
	yw_buf_release(&text);
}

void
yw_guard_here(struct yw_guard_mark *m)
{
	read_id("/proc/sys/kernel/random/boot_id", m->boot_id);
	read_id("/etc/machine-id", m->machine_id);
}
