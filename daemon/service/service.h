/*
 * service.h - the request handlers behind both faces: who may ask for what, and what the answer rests on.
 *
 * A face (ipc/ now, http/ later) takes a request from its wire, fills a yw_call and hands it to yw_service_call().
 * The handler answers once, at once or later from another thread, by yw_call_reply() or yw_call_fail().
 * Parameters and results are JSON, so that both faces, the command and scripts see the same shapes.
 *
 * Methods (params -> result; "data" is bytes beside the JSON).  service.c holds the table.
 *
 *	status		{} -> {version, network, code, origin, state, why, joining, log {size, root, beat {size, time},
 *			quorum {size, time}, durable_at [{code, size}]}, behind_entries, failed, disk {...}}
 *	logs		{} -> {logs [{origin, code, size, root, held, missing, head_size, receipts_to, beat, quorum,
 *			own, frozen, broken, trouble}]}
 *	peers		{} -> {peers [{code, name, upstream, up_seconds, heard_seconds, own_held, lag_entries}]}
 *	record.get	{id, revision?} -> {record, class, openness, audience, place {origin, index, item}, sha256,
 *			signed_at, signer, signature "verified", via [codes, first node first], rests_on {size, root, beat,
 *			quorum}}
 *	record.list	{code?, kind?, after?, limit? (1..1000, 100)} -> {items [{id, revision, operation, title, class,
 *			place}], next (cursor, absent at the end)}
 *	record.history	{id} -> {items [{revision, operation, class, place, sha256, signed_at, held}]}
 *	record.put	{record, class?, openness?, audience?, durable? (code | "quorum"), timeout_ms?} -> {id, revision,
 *			place, reached: "disk" | "<code>" | "quorum"}; class etc. default to those of the revision before
 *	record.withdraw	{id, durable?, timeout_ms?} -> as record.put
 *	import.begin	{mapping, file (for messages), dry_run?, class?, openness?, audience?} -> {import (a number)}
 *	import.data	{import} + data (a piece of the file) -> {read, registered, changed, unchanged, refused}
 *	import.end	{import, durable?, timeout_ms?} -> the same, with {findings [{line, field, value, reason, code,
 *			refuse}], findings_left_out} + data (the reject file, empty if nothing was refused)
 *	digest		{code} -> {code, complete, digest, logs [{origin, size, root}]}
 *	evidence	{id, revision?} -> {origin, index, item} + data (the evidence file, B12)
 *	admit.list	{} -> {pending [{code, fingerprint, received}]}
 *	admit.grant	{code, fingerprint} | {request (base64)} -> {code, origin, index}
 *	admit.refuse	{code, reason} -> {code}
 *
 * Rights: methods of admit need root or the daemon's own user; all others membership of control_group.  Calls of
 * admit, put, withdraw and import, refused ones too, are one line each in the audit log (data_dir/audit.log).
 */
#ifndef YW_SERVICE_SERVICE_H
#define YW_SERVICE_SERVICE_H

#include <sys/types.h>

#include "base/json.h"
#include "service/config.h"
#include "sync/node.h"

struct yw_service;

struct yw_service_options {
	const struct yw_config *config;
	struct yw_ledger *ledger;
	struct yw_exchange *exchange;		/* asked on the node's thread only */
	struct yw_node *node;
	struct yw_store *store;			/* for disk figures */
};
YW_CHECKED enum yw_code yw_service_new(const struct yw_service_options *o, struct yw_service **out, struct yw_error *err);
void yw_service_free(struct yw_service *s);	/* after the faces are closed and the node is stopped */

struct yw_caller {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

struct yw_call {
	/* set by the face, borrowed until the answer: */
	struct yw_caller caller;
	const char *method;
	struct yw_bytes params;		/* a JSON object; empty means {} */
	struct yw_bytes data;
	/* Called once, from any thread; result is JSON (not "" unless failed), data may be empty. */
	void (*answer)(struct yw_call *call, enum yw_code code, const char *message, struct yw_bytes result, struct yw_bytes data);
};

/* Any thread; may block on reading the store, never on the writer. */
void yw_service_call(struct yw_service *s, struct yw_call *call);

#endif
