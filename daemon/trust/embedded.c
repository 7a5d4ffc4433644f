/*
 * embedded.c - heads of other logs inside statements (B8), network files (T1) and chains (T16).
 */
#include "base/fault.h"
#include "record/wire.h"
#include "trust/fields.h"
#include "trust/trust.h"
#include "yiwang/v1/trust.pb-c.h"

static enum yw_code
show(const struct yw_head_taker *to, const ProtobufCBinaryData *note, struct yw_error *err)
{
	return note->len != 0 && !YW_FAULT("embedded-unseen") ? to->take(to->arg, bytes_of(note), err) : YW_OK;
}

static enum yw_code
show_closing(const struct yw_head_taker *to, const Yiwang__V1__Closing *m, struct yw_error *err)
{
	enum yw_code code = show(to, &m->head, err);

	return code == YW_OK ? show(to, &m->larger_head, err) : code;
}

static enum yw_code
show_delegation(const struct yw_head_taker *to, const Yiwang__V1__Delegation *m, struct yw_error *err)
{
	return m->consent != NULL ? show(to, &m->consent->head, err) : YW_OK;
}

/* A delegation that another statement, or a chain, holds as the entry that it is. */
static enum yw_code
show_entry(const struct yw_trust *t, const struct yw_head_taker *to, const char *origin, const ProtobufCBinaryData *envelope,
    struct yw_error *err)
{
	struct yw_entry e;
	enum yw_code code = yw_entry_read(origin, bytes_of(envelope), &e, err);

	if (code != YW_OK)
		return code == YW_ENOMEM ? code : YW_OK;
	if (e.trust_kind == YW_TRUST_DELEGATION)
		code = yw_trust_embedded(t, &e, to, err);
	yw_entry_release(&e);
	return code;
}

enum yw_code
yw_trust_embedded_file(const struct yw_trust *t, struct yw_bytes file, const struct yw_head_taker *to, struct yw_error *err)
{
	Yiwang__V1__Closing *m;
	struct yw_network n;
	enum yw_code code = yw_network_parse(file, &yw_trust_network(t)->hash, &n, err);

	if (code != YW_OK)
		return code == YW_ENOMEM ? code : YW_OK;
	for (size_t i = 0; code == YW_OK && i < n.n_closings; i++) {
		code = yw_decode(&yiwang__v1__closing__descriptor, n.closings[i], &m, err);
		if (code == YW_OK) {
			code = show_closing(to, m, err);
			yw_decode_free(m);
		}
	}
	yw_network_release(&n);
	return code;
}

static enum yw_code
show_key_change(const struct yw_trust *t, const struct yw_head_taker *to, const Yiwang__V1__KeyChange *m, struct yw_error *err)
{
	if (m->by_case == YIWANG__V1__KEY_CHANGE__BY_NETWORK_FILE)
		return yw_trust_embedded_file(t, bytes_of(&m->network_file), to, err);
	if (m->by_case != YIWANG__V1__KEY_CHANGE__BY_DELEGATED || m->delegated->place == NULL)
		return YW_OK;
	return show_entry(t, to, m->delegated->place->origin, &m->delegated->envelope, err);
}

static enum yw_code
show_statement(const struct yw_trust *t, const struct yw_head_taker *to, const Yiwang__V1__Trust *m, struct yw_error *err)
{
	switch (m->kind_case) {
	case YIWANG__V1__TRUST__KIND_FOREIGN_BEAT:
		return show(to, &m->foreign_beat->beat, err);
	case YIWANG__V1__TRUST__KIND_CLOSING:
		return show_closing(to, m->closing, err);
	case YIWANG__V1__TRUST__KIND_GENESIS:
		return m->genesis->by_case == YIWANG__V1__GENESIS__BY_REOPENED ?
		    show(to, &m->genesis->reopened->last_head, err) : YW_OK;
	case YIWANG__V1__TRUST__KIND_DELEGATION:
		return show_delegation(to, m->delegation, err);
	case YIWANG__V1__TRUST__KIND_KEY_CHANGE:
		return show_key_change(t, to, m->key_change, err);
	case YIWANG__V1__TRUST__KIND_NETWORK_VERSION:
		return yw_trust_embedded_file(t, bytes_of(&m->network_version->network_file), to, err);
	default:
		return YW_OK;
	}
}

enum yw_code
yw_trust_embedded(const struct yw_trust *t, const struct yw_entry *e, const struct yw_head_taker *to, struct yw_error *err)
{
	Yiwang__V1__Trust *m;
	enum yw_code code;

	if (e->trust_kind == YW_TRUST_NONE || e->trust_kind == YW_TRUST_UNKNOWN)
		return YW_OK;
	code = yw_decode(&yiwang__v1__trust__descriptor, e->trust, &m, err);
	if (code != YW_OK)
		return code == YW_ENOMEM ? code : YW_OK;
	code = show_statement(t, to, m, err);
	yw_decode_free(m);
	return code;
}

/* Of which log the delegation is the beat says that proves it. */
static enum yw_code
show_link(const struct yw_trust *t, const struct yw_head_taker *to, const Yiwang__V1__Chain__Link *m, struct yw_error *err)
{
	struct yw_checkpoint c;
	struct yw_note n;
	enum yw_code code = show(to, &m->beat, err);

	if (code == YW_OK)
		code = show(to, &m->key_change_beat, err);
	if (code != YW_OK || m->delegation.len == 0 || yw_note_parse(bytes_of(&m->beat), &n, NULL) != YW_OK)
		return code;
	if (yw_checkpoint_parse(n.text, &c, NULL) == YW_OK)
		code = show_entry(t, to, c.origin, &m->delegation, err);
	yw_note_release(&n);
	return code;
}

enum yw_code
yw_trust_embedded_chain(const struct yw_trust *t, struct yw_bytes chain, const struct yw_head_taker *to, struct yw_error *err)
{
	Yiwang__V1__Chain *m;
	enum yw_code code = yw_decode(&yiwang__v1__chain__descriptor, chain, &m, err);

	if (code != YW_OK)
		return code == YW_ENOMEM ? code : YW_OK;
	code = show(to, &m->root_beat, err);
	for (size_t i = 0; code == YW_OK && i < m->n_links; i++)
		code = show_link(t, to, m->links[i], err);
	yw_decode_free(m);
	return code;
}
