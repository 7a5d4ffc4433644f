/*
 * disk.c - the disk of a simulated node: a memory store, and the guard as bytes.
 *
 * A power cut leaves what was synced; the batch under way is there or not, the guard's slot under way old, new or
 * torn in the middle.  An image is the whole of it at some moment, to come back later.
 */
#include "sim_int.h"

struct yw_store *
disk_new(void)
{
	struct yw_store_options o = { .families = yw_ledger_families, .n_families = yw_ledger_n_families,
		.format_version = YW_LEDGER_FORMAT };
	struct yw_store *s = NULL;

	if (yw_store_open_memory(&o, &s) != YW_OK)
		abort();
	return s;
}

/* What `init` leaves: an empty store, and a guard that promises nothing. */
enum yw_code
disk_init_guard(const struct yw_guard_io *io, struct yw_error *err)
{
	struct yw_guard g = { .io = *io };
	struct yw_guard_mark nothing = { 0 };

	return yw_guard_write(&g, &nothing, err);
}

static enum yw_code
guard_read(void *arg, uint8_t out[static YW_GUARD_BYTES], struct yw_error *err)
{
	(void)err;
	memcpy(out, ((struct node *)arg)->guard, YW_GUARD_BYTES);
	return YW_OK;
}

/* The power may go between the batch and the guard, or while a slot is written; nothing was acknowledged then. */
static enum yw_code
guard_write(void *arg, unsigned slot, const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_error *err)
{
	struct node *n = arg;
	size_t len = YW_GUARD_SLOT_BYTES;

	if (n->crash_at == BEFORE_THE_GUARD)
		return yw_fail(err, YW_EIO, "the power went");
	if (n->crash_at == IN_THE_GUARD)
		len = (size_t)sim_random(n->s, YW_GUARD_SLOT_BYTES);
	memcpy(n->guard + slot * YW_GUARD_SLOT_BYTES, in, len);
	return n->crash_at == IN_THE_GUARD ? yw_fail(err, YW_EIO, "the power went") : YW_OK;
}

const struct yw_guard_io disk_guard = { guard_read, guard_write, NULL };

void
disk_forget(struct image *i)
{
	yw_store_close(i->store);
	i->store = NULL;
}

void
disk_keep(struct node *n, struct image *out)
{
	disk_forget(out);
	out->store = yw_store_image(n->store);
	memcpy(out->guard, n->guard, sizeof out->guard);
	if (out->store == NULL)
		abort();
}

void
disk_return(struct node *n, const struct image *i, bool guard)
{
	yw_store_close(n->store);
	n->store = yw_store_image(i->store);
	if (n->store == NULL)
		abort();
	if (guard)
		memcpy(n->guard, i->guard, sizeof n->guard);
}
