/*
 * networks.c - later versions of the network file (T1): taken from whomever they come, kept, and logged by the first node.
 *
 * The first one is the configuration's and stands in no store.  What follows it is kept whole, whether a person gave
 * it, a peer, or an entry of the first node's log: a version that names the next first node may come before any log of
 * that node, and must be there again after a restart.  So is the other text of a version that has one, since it proves
 * what the root keys did.
 */
#include "base/log.h"
#include "ledger/ledger_int.h"

#define TWIN_VERSION 0		/* its number in the store: no version has it */

static void
put_version(struct yw_ledger *l, uint64_t version, const struct yw_network *n)
{
	struct key k = key_network(version);

	yw_batch_put(l->batch, F_META, key_bytes(&k), yw_buf_bytes(&n->note));
}

void
put_networks(struct yw_ledger *l)
{
	const struct yw_network *twin = yw_trust_network_twin(l->trust);

	for (size_t i = l->networks_stored; i < yw_trust_n_networks(l->trust); i++)
		put_version(l, yw_trust_network_at(l->trust, i)->version, yw_trust_network_at(l->trust, i));
	if (twin != NULL && !l->twin_stored)
		put_version(l, TWIN_VERSION, twin);
}

void
networks_stored(struct yw_ledger *l)
{
	l->networks_stored = yw_trust_n_networks(l->trust);
	l->twin_stored = yw_trust_network_twin(l->trust) != NULL;
}

/* YW_ENOENT: there is none. */
static enum yw_code
load_version(struct yw_ledger *l, uint64_t version, struct yw_error *err)
{
	struct key k = key_network(version);
	struct yw_buf note = YW_BUF_INIT;
	enum yw_code code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), &note, err);

	if (code == YW_OK) {
		code = yw_trust_add_network(l->trust, yw_buf_bytes(&note), err);
		if (code == YW_ECONFLICT && version == TWIN_VERSION)
			code = YW_OK;
		else if (code != YW_OK)
			yw_fail_context(err, "version %llu of the network file, as it is kept", (unsigned long long)version);
	}
	yw_buf_release(&note);
	return code;
}

enum yw_code
load_networks(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (uint64_t v = yw_trust_network(l->trust)->version + 1; code == YW_OK; v++)
		code = load_version(l, v, err);
	if (code == YW_ENOENT)
		code = load_version(l, TWIN_VERSION, err);
	networks_stored(l);
	l->judged_by = yw_trust_network(l->trust)->version;
	return code == YW_ENOENT ? YW_OK : code;
}

enum yw_code
see_file_heads(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < yw_trust_n_networks(l->trust); i++)
		code = take_file_heads(l, yw_buf_bytes(&yw_trust_network_at(l->trust, i)->note), err);
	return code;
}

enum yw_code
yw_ledger_take_network(struct yw_ledger *l, struct yw_bytes note, struct yw_error *err)
{
	bool had_twin = yw_trust_network_twin(l->trust) != NULL;
	uint64_t had = yw_trust_network(l->trust)->version, now;
	enum yw_code code = may_write(l, err);

	if (code != YW_OK)
		return code;
	code = yw_trust_add_network(l->trust, note, err);
	now = yw_trust_network(l->trust)->version;
	if (code == YW_ENOMEM)		/* the registry may be half of each */
		return spoil(l, code, err);
	if (code == YW_ECONFLICT && !had_twin) {
		yw_log(YW_LOG_ERROR, "network-contradiction", "network=%s %s", l->network.name, err->msg);
		l->trust_changed = l->dirty = true;
	}
	if (code != YW_OK || now == had)
		return code;
	yw_log(YW_LOG_INFO, "network-version", "network=%s version %llu holds from now on", l->network.name,
	    (unsigned long long)now);
	l->trust_changed = l->dirty = true;
	code = answer_trust(l, err);
	if (code == YW_OK)
		code = attach_logs(l, err);
	if (code == YW_OK)
		code = see_file_heads(l, err);	/* also of older ones: this one may be what says whose logs they speak of */
	return code == YW_OK ? code : spoil(l, code, err);
}

/* T1: the first node says each later version in its log. */
enum yw_code
log_networks(struct yw_ledger *l, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, l->own);
	size_t left = g->issuer.code[0] == '\0' ? yw_trust_n_networks(l->trust) : 0;
	struct yw_buf statement = YW_BUF_INIT;
	const struct yw_network *n;
	enum yw_code code = YW_OK;

	for (; code == YW_OK && left > 0 && (n = yw_trust_network_unlogged(l->trust)) != NULL; left--) {
		yw_buf_clear(&statement);
		code = yw_trust_make_network_version(l->trust, g, yw_buf_bytes(&n->note), &statement, err);
		if (code == YW_OK)
			code = say(l, yw_buf_bytes(&statement), WITHOUT_ROSTER, err);
		g = log_generation(l, l->own);
	}
	yw_buf_release(&statement);
	return code;
}
