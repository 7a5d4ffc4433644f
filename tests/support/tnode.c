/*
 * tnode.c - see tnode.h.
 */
#include "support/tnode.h"

#include "support/testing.h"
#include "support/tnet.h"

#define BEAT_MS 500

static struct yw_error err;

static enum yw_code
guard_read(void *arg, uint8_t out[static YW_GUARD_BYTES], struct yw_error *e)
{
	(void)e;
	memcpy(out, ((struct yw_tnode *)arg)->guard, YW_GUARD_BYTES);
	return YW_OK;
}

static enum yw_code
guard_write(void *arg, unsigned slot, const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_error *e)
{
	struct yw_tnode *n = arg;

	if (n->guard_fails)
		return yw_fail(e, YW_EIO, "the guard's disk is gone");
	memcpy(n->guard + slot * YW_GUARD_SLOT_BYTES, in, YW_GUARD_SLOT_BYTES);
	n->guarded++;
	return YW_OK;
}

static void
open_store(struct yw_tnode *n)
{
	struct yw_store_options o = { .families = yw_ledger_families, .n_families = yw_ledger_n_families,
		.format_version = YW_LEDGER_FORMAT };

	YW_PASS(yw_store_open_memory(&o, &n->store));
}

static void
init(struct yw_tnode *n, const struct yw_network *network, const char *code, const char *issuer,
    const struct yw_guard_io *io)
{
	struct yw_request r = { .network = network->hash, .generation = 1 };
	struct yw_guard g = { .io = *io };
	struct yw_guard_mark nothing = { 0 };

	YW_PASS(yw_jurisdiction_parse(code, strlen(code), &r.code));
	if (issuer[0] != '\0')
		YW_PASS(yw_jurisdiction_parse(issuer, strlen(issuer), &r.issuer));
	n->code = r.code;
	yw_tnet_keys(code, &n->keys);
	YW_PASS(yw_request_make(&r, &n->keys, NULL, &n->request, &err));
	open_store(n);
	YW_PASS(yw_guard_write(&g, &nothing, &err));
}

void
yw_tnode_open(struct yw_tnode *n, const struct yw_network *network, const char *code, const char *issuer,
    const struct yw_clock *clock)
{
	struct yw_guard_io io = { guard_read, guard_write, n };
	struct yw_ledger_options o = { .guard = &io, .clock = *clock, .network = network, .keys = &n->keys,
		.beat_every_ms = BEAT_MS };

	if (n->store == NULL)
		init(n, network, code, issuer, &io);
	o.store = n->store;
	o.code = n->code;
	o.request = yw_buf_bytes(&n->request);
	YW_CHECK_MSG(yw_ledger_open(&o, &n->ledger, &err) == YW_OK, "node %s: %s", code, err.msg);
	n->guarded = 0;
}

void
yw_tnode_close(struct yw_tnode *n)
{
	yw_ledger_close(n->ledger);
	n->ledger = NULL;
}

void
yw_tnode_forget(struct yw_tnode *n)
{
	yw_store_close(n->store);
	open_store(n);
}

void
yw_tnode_free(struct yw_tnode *n)
{
	yw_tnode_close(n);
	yw_store_close(n->store);
	yw_buf_release(&n->request);
	yw_key_set_wipe(&n->keys);
	*n = (struct yw_tnode) { 0 };
}
