/*
 * inbound.c - a peer's message taken apart into plain structs, and everything judged that needs no state.
 *
 * Runs in the transport's workers, side by side: signatures of entries, hashes of bodies, forms, lengths.
 * What is left for the writer is whether it fits what this node holds.
 */
#include <stdlib.h>

#include "record/wire.h"
#include "sync/exchange_int.h"

static struct yw_bytes
bytes_of(ProtobufCBinaryData b)
{
	return (struct yw_bytes) { b.data, b.len };
}

static enum yw_code
read_origin(const char *text, struct yw_origin *out, struct yw_error *err)
{
	size_t n = strlen(text);

	if (n == 0 || n > YW_ORIGIN_MAX)
		return yw_fail(err, YW_EPEER, "an origin of %zu bytes", n);
	memcpy(out->text, text, n + 1);
	return YW_OK;
}

static enum yw_code
read_hash(ProtobufCBinaryData b, struct yw_hash *out, struct yw_error *err)
{
	if (b.len != YW_HASH_BYTES)
		return yw_fail(err, YW_EPEER, "a hash of %zu bytes", b.len);
	memcpy(out->b, b.data, YW_HASH_BYTES);
	return YW_OK;
}

static enum yw_code
read_proof(size_t n, const ProtobufCBinaryData *hashes, struct yw_proof *out, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	if (n > YW_PROOF_MAX)
		return yw_fail(err, YW_EPEER, "a proof of %zu hashes", n);
	for (size_t i = 0; code == YW_OK && i < n; i++)
		code = read_hash(hashes[i], &out->h[i], err);
	out->n = n;
	return code;
}

static enum yw_code
read_news(const Yiwang__V1__LogNews *m, struct yw_in_news *out, struct yw_error *err)
{
	out->held = m->held;
	out->verified = m->verified;
	out->head = bytes_of(m->head);
	if (m->held > m->verified)
		return yw_fail(err, YW_EPEER, "news of '%.64s' with more held than verified", m->origin);
	return read_origin(m->origin, &out->origin, err);
}

static enum yw_code
read_want(const Yiwang__V1__Want *m, struct yw_in_want *out, struct yw_error *err)
{
	enum yw_code code = read_origin(m->origin, &out->origin, err);

	out->size = m->size;
	out->start = m->start;
	out->end = m->end;
	out->head_size = m->head_size;
	out->prove = m->prove;
	out->admitted = m->admitted;
	if (code == YW_OK && (m->start < m->size || (m->head_size == 0 && m->start != m->size) ||
	    (m->end != 0 && m->end <= m->start) || (m->head_size != 0 && m->head_size <= m->start)))
		return yw_fail(err, YW_EPEER, "a want of '%s' that contradicts itself", out->origin.text);
	if (code == YW_OK)
		code = read_hash(m->root, &out->root, err);
	if (code == YW_OK && m->head_size != 0)
		code = read_hash(m->head_root, &out->head_root, err);
	return code;
}

static enum yw_code
read_package_bodies(const Yiwang__V1__Package *m, struct yw_package *p, struct yw_error *err)
{
	for (size_t i = 0; i < m->n_bodies; i++) {
		const Yiwang__V1__Body *b = m->bodies[i];

		if (b->item >= YW_ITEMS_MAX || b->not_held || b->origin[0] != '\0')
			return yw_fail(err, YW_EPEER, "a body that belongs into no package");
		p->bodies[i].index = b->index;
		p->bodies[i].item = (uint16_t)b->item;
		p->bodies[i].bytes = bytes_of(b->bytes);
	}
	p->n_bodies = m->n_bodies;
	return YW_OK;
}

static enum yw_code
read_proofs(Yiwang__V1__Chain__KeyChangeProof *const *m, size_t n, struct yw_entry_proof **out, size_t *n_out, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	if (n == 0)
		return YW_OK;
	*out = calloc(n, sizeof **out);
	if (*out == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a package");
	for (; code == YW_OK && *n_out < n; ++*n_out) {
		struct yw_entry_proof *p = &(*out)[*n_out];

		p->envelope = bytes_of(m[*n_out]->envelope);
		p->index = m[*n_out]->index;
		code = read_proof(m[*n_out]->n_inclusion, m[*n_out]->inclusion, &p->path, err);
	}
	return code;
}

static enum yw_code
read_keys(const Yiwang__V1__Package *m, struct yw_package *p, struct yw_error *err)
{
	enum yw_code code;

	if (m->n_key_changes >= YW_KEY_SETS_MAX || m->n_admitted > YW_ADMITTED_MAX ||
	    (m->n_key_changes + m->n_admitted != 0 && m->head.len == 0))
		return yw_fail(err, YW_EPEER, "a package of '%s' with %zu key changes and %zu delegations", p->origin.text,
		    m->n_key_changes, m->n_admitted);
	code = read_proofs(m->key_changes, m->n_key_changes, &p->changes, &p->n_changes, err);
	return code == YW_OK ? read_proofs(m->admitted, m->n_admitted, &p->admitted, &p->n_admitted, err) : code;
}

static enum yw_code
read_package(const Yiwang__V1__Package *m, struct yw_package *p, struct yw_error *err)
{
	enum yw_code code = read_origin(m->origin, &p->origin, err);

	p->start = m->start;
	p->head = bytes_of(m->head);
	p->head_size = m->head_size;
	p->from_size = m->from_size;
	p->has_consistency = m->head.len != 0 || m->from_size != 0;
	if (code == YW_OK)
		code = read_proof(m->n_subtree, m->subtree, &p->subtree, err);
	if (code == YW_OK)
		code = read_proof(m->n_consistency, m->consistency, &p->consistency, err);
	if (code == YW_OK && m->from_size != 0)
		code = read_hash(m->from_root, &p->from_root, err);
	if (code == YW_OK)
		code = read_keys(m, p, err);
	if (code != YW_OK || m->n_entries == 0)
		return code;
	if (m->n_entries > YW_PACKAGE_ENTRIES || m->n_bodies > YW_PACKAGE_ENTRIES * YW_ITEMS_MAX ||
	    m->start > UINT64_MAX - YW_PACKAGE_ENTRIES || m->head_size < m->start + m->n_entries)
		return yw_fail(err, YW_EPEER, "a package of '%s' with %zu entries from %llu, %zu bodies, for a head of %llu",
		    p->origin.text, m->n_entries, (unsigned long long)m->start, m->n_bodies,
		    (unsigned long long)m->head_size);
	p->entries = calloc(m->n_entries, sizeof *p->entries);
	p->bodies = calloc(m->n_bodies + 1, sizeof *p->bodies);
	if (p->entries == NULL || p->bodies == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a package");
	for (size_t i = 0; i < m->n_entries; i++)
		p->entries[i].envelope = bytes_of(m->entries[i]);
	p->n_entries = m->n_entries;
	code = read_package_bodies(m, p, err);
	return code == YW_OK ? yw_package_check(p, err) : code;
}

static enum yw_code
read_place(const Yiwang__V1__BodyWant *m, struct yw_in_place *out, struct yw_error *err)
{
	if (m->item >= YW_ITEMS_MAX)
		return yw_fail(err, YW_EPEER, "item %u of an entry", m->item);
	out->index = m->index;
	out->item = (uint16_t)m->item;
	return read_origin(m->origin, &out->origin, err);
}

static enum yw_code
read_body(const Yiwang__V1__Body *m, struct yw_in_body *out, struct yw_error *err)
{
	if (m->item >= YW_ITEMS_MAX || (m->not_held && m->bytes.len != 0))
		return yw_fail(err, YW_EPEER, "a body that contradicts itself");
	out->body.index = m->index;
	out->body.item = (uint16_t)m->item;
	out->body.bytes = bytes_of(m->bytes);
	out->not_held = m->not_held;
	if (!m->not_held)
		yw_body_check(&out->body);
	return read_origin(m->origin, &out->origin, err);
}

static enum yw_code
read_fork(const Yiwang__V1__Contradiction *m, struct yw_in_fork *out, struct yw_error *err)
{
	enum yw_code code = read_origin(m->origin, &out->origin, err);

	out->pair.head_a = bytes_of(m->head_a);
	out->pair.head_b = bytes_of(m->head_b);
	if (code == YW_OK && m->root_a.len != 0)
		code = read_hash(m->root_a, &out->pair.instead, err);
	return code == YW_OK ? read_proof(m->n_consistency, m->consistency, &out->pair.consistency, err) : code;
}

static enum yw_code
read_days_want(const Yiwang__V1__DaysWant *m, struct yw_in_days_want *out, struct yw_error *err)
{
	enum yw_code code = read_origin(m->origin, &out->origin, err);

	out->from = m->from;
	out->before = m->before;
	if (code == YW_OK && m->before != 0 && m->before <= m->from)
		return yw_fail(err, YW_EPEER, "a want of days of '%s' that contradicts itself", out->origin.text);
	return code == YW_OK ? read_hash(m->sha256, &out->sha256, err) : code;
}

static enum yw_code
read_days(const Yiwang__V1__Days *m, struct yw_in_days *out, struct yw_error *err)
{
	enum yw_code code = read_origin(m->origin, &out->origin, err);

	out->from = m->from;
	out->next = m->next;
	if (code == YW_OK && m->n_beats > YW_X_DAYS)
		return yw_fail(err, YW_EPEER, "%zu days of '%s' at once", m->n_beats, out->origin.text);
	for (; code == YW_OK && out->n_beats < m->n_beats; out->n_beats++)
		out->beats[out->n_beats] = bytes_of(m->beats[out->n_beats]);
	return code;
}

static enum yw_code
read_question(const Yiwang__V1__Question *m, struct yw_in_question *out, struct yw_error *err)
{
	out->asked = true;
	out->receipts = m->receipts;
	out->n_receipts = m->n_receipts;
	if (m->n_receipts > YW_X_RECEIPTS)
		return yw_fail(err, YW_EPEER, "a question about %zu logs", m->n_receipts);
	return read_origin(m->origin, &out->origin, err);
}

static enum yw_code
read_answer(const Yiwang__V1__Answer *m, struct yw_in_answer *out, struct yw_error *err)
{
	out->given = true;
	out->a.head = bytes_of(m->head);
	out->a.knows = m->knows;
	out->a.cleared = m->cleared;
	out->a.behind = m->behind;
	out->receipts = m->receipts;
	out->n_receipts = m->n_receipts;
	if (m->n_receipts > YW_X_RECEIPTS)
		return yw_fail(err, YW_EPEER, "an answer about %zu logs", m->n_receipts);
	return read_origin(m->origin, &out->origin, err);
}

static enum yw_code
read_networks(const Yiwang__V1__Exchange *m, struct yw_inbound *in, struct yw_error *err)
{
	in->networks_from = m->networks_from;
	in->networks = m->networks;
	in->n_networks = m->n_networks;
	if (m->n_networks > YW_X_NETWORKS_MAX)
		return yw_fail(err, YW_EPEER, "%zu network files at once", m->n_networks);
	for (size_t i = 0; i < m->n_networks; i++)
		if (m->networks[i].len > YW_NETWORK_FILE_MAX)
			return yw_fail(err, YW_EPEER, "a network file of %zu bytes", m->networks[i].len);
	return YW_OK;
}

/* Most messages hold nothing of most kinds: those get no room. */
static void *
room(size_t n, size_t size, bool *done)
{
	void *list = n != 0 ? calloc(n, size) : NULL;

	*done = *done && (n == 0 || list != NULL);
	return list;
}

static bool
make_room(struct yw_inbound *in, const Yiwang__V1__Exchange *m)
{
	bool done = true;

	in->news = room(m->n_logs, sizeof *in->news, &done);
	in->beats = room(m->n_beats, sizeof *in->beats, &done);
	in->wants = room(m->n_wants, sizeof *in->wants, &done);
	in->packages = room(m->n_packages, sizeof *in->packages, &done);
	in->places = room(m->n_body_wants, sizeof *in->places, &done);
	in->bodies = room(m->n_bodies, sizeof *in->bodies, &done);
	in->forks = room(m->n_contradictions, sizeof *in->forks, &done);
	in->days_wants = room(m->n_days_wants, sizeof *in->days_wants, &done);
	in->days = room(m->n_days, sizeof *in->days, &done);
	return done;
}

static enum yw_code
read_exchange(const Yiwang__V1__Exchange *m, struct yw_inbound *in, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	in->kind = YW_IN_EXCHANGE;
	in->again = m->again;
	in->wait_ms = m->wait_ms < YW_EXCHANGE_WAIT_MS ? m->wait_ms : YW_EXCHANGE_WAIT_MS;
	/* The structs are larger than their messages: decoding bounded the one, this bounds the other. */
	if (m->n_logs > YW_CODES_MAX || m->n_beats > YW_CODES_MAX || m->n_wants > YW_CODES_MAX ||
	    m->n_packages > YW_CODES_MAX || m->n_days_wants > YW_X_DAYS_ASKED || m->n_days > YW_X_DAYS_ASKED ||
	    m->n_contradictions > YW_X_FORKS)
		return yw_fail(err, YW_EPEER, "a message about more logs than a network has");
	if (!make_room(in, m))
		return yw_fail(err, YW_ENOMEM, "no memory for a message");
	for (; code == YW_OK && in->n_news < m->n_logs; in->n_news++)
		code = read_news(m->logs[in->n_news], &in->news[in->n_news], err);
	for (; in->n_beats < m->n_beats; in->n_beats++)
		in->beats[in->n_beats] = bytes_of(m->beats[in->n_beats]);
	for (; code == YW_OK && in->n_wants < m->n_wants; in->n_wants++)
		code = read_want(m->wants[in->n_wants], &in->wants[in->n_wants], err);
	for (; code == YW_OK && in->n_packages < m->n_packages; in->n_packages++)
		code = read_package(m->packages[in->n_packages], &in->packages[in->n_packages], err);
	for (; code == YW_OK && in->n_places < m->n_body_wants; in->n_places++)
		code = read_place(m->body_wants[in->n_places], &in->places[in->n_places], err);
	for (; code == YW_OK && in->n_bodies < m->n_bodies; in->n_bodies++)
		code = read_body(m->bodies[in->n_bodies], &in->bodies[in->n_bodies], err);
	for (; code == YW_OK && in->n_forks < m->n_contradictions; in->n_forks++)
		code = read_fork(m->contradictions[in->n_forks], &in->forks[in->n_forks], err);
	for (; code == YW_OK && in->n_days_wants < m->n_days_wants; in->n_days_wants++)
		code = read_days_want(m->days_wants[in->n_days_wants], &in->days_wants[in->n_days_wants], err);
	for (; code == YW_OK && in->n_days < m->n_days; in->n_days++)
		code = read_days(m->days[in->n_days], &in->days[in->n_days], err);
	in->instance = m->instance;
	in->two_live = m->two_live;
	in->n_two_live = m->n_two_live;
	in->takes = m->takes;
	in->n_takes = m->n_takes;
	if (m->n_two_live > YW_X_EVIDENCE || m->n_takes > YW_X_EVIDENCE)
		return yw_fail(err, YW_EPEER, "a message with more evidence of instances than a node has logs");
	if (code == YW_OK)
		code = read_networks(m, in, err);
	if (code == YW_OK && m->question != NULL)
		code = read_question(m->question, &in->question, err);
	if (code == YW_OK && m->answer != NULL)
		code = read_answer(m->answer, &in->answered, err);
	return code;
}

static enum yw_code
read_request(const Yiwang__V1__PeerRequest *m, struct yw_inbound *in, struct yw_error *err)
{
	in->hello = m->hello;
	switch (m->ask_case) {
	case YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE:
		return read_exchange(m->exchange, in, err);
	case YIWANG__V1__PEER_REQUEST__ASK_JOIN:
		in->kind = YW_IN_JOIN;
		in->request = bytes_of(m->join->signed_request);
		if (in->request.len > YW_REQUEST_MAX)
			return yw_fail(err, YW_EPEER, "a join request of %zu bytes", in->request.len);
		return YW_OK;
	case YIWANG__V1__PEER_REQUEST__ASK_JOIN_STATUS:
		in->kind = YW_IN_JOIN_STATUS;
		in->request = bytes_of(m->join_status->request_sha256);
		if (in->request.len != YW_HASH_BYTES)
			return yw_fail(err, YW_EPEER, "a request's hash of %zu bytes", in->request.len);
		return YW_OK;
	default:
		return YW_OK;
	}
}

static enum yw_code
read_reply(const Yiwang__V1__PeerReply *m, struct yw_inbound *in, struct yw_error *err)
{
	in->hello = m->hello;
	switch (m->answer_case) {
	case YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE:
		return read_exchange(m->exchange, in, err);
	case YIWANG__V1__PEER_REPLY__ANSWER_JOIN:
		in->kind = YW_IN_JOIN_ANSWER;
		in->answer = m->join;
		return YW_OK;
	case YIWANG__V1__PEER_REPLY__ANSWER_REFUSAL:
		in->kind = YW_IN_REFUSAL;
		in->refusal = m->refusal;
		return YW_OK;
	default:
		return YW_OK;
	}
}

/* Whatever is wrong with a message, its sender answers for it. */
static enum yw_code
blame_peer(struct yw_error *err)
{
	if (err != NULL)
		err->code = YW_EPEER;
	return YW_EPEER;
}

enum yw_code
yw_inbound_read(struct yw_buf *bytes, bool is_request, struct yw_inbound **out, struct yw_error *err)
{
	struct yw_inbound *in = calloc(1, sizeof *in);
	enum yw_code code;

	*out = NULL;
	if (in == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a message");
	in->refs = 1;
	in->bytes = bytes->len;
	code = yw_decode(is_request ? &yiwang__v1__peer_request__descriptor : &yiwang__v1__peer_reply__descriptor,
	    yw_buf_bytes(bytes), &in->message, err);
	if (code == YW_OK)
		code = is_request ? read_request(in->message, in, err) : read_reply(in->message, in, err);
	if (code != YW_OK) {
		yw_inbound_free(in);
		return code == YW_ENOMEM ? code : blame_peer(err);
	}
	yw_buf_release(bytes);
	*out = in;
	return YW_OK;
}

struct yw_inbound *
yw_inbound_ref(struct yw_inbound *in)
{
	in->refs++;
	return in;
}

void
yw_inbound_free(struct yw_inbound *in)
{
	if (in == NULL || --in->refs > 0)
		return;
	for (size_t i = 0; i < in->n_packages; i++)
		yw_package_release(&in->packages[i]);
	free(in->news);
	free(in->beats);
	free(in->wants);
	free(in->packages);
	free(in->places);
	free(in->bodies);
	free(in->forks);
	free(in->days_wants);
	free(in->days);
	yw_decode_free(in->message);
	free(in);
}
