/*
 * service.h - the request handlers behind both faces: who may ask for what, and what the answer rests on.
 *
 * A face (ipc/ now, http/ later) takes a question from its wire, fills a yw_question and hands it to
 * yw_service_ask().  The handler answers once, at once or later from another thread.  Parameters and results are
 * JSON, so that both faces, the command and scripts see the same shapes.
 *
 * Methods (params -> result; "data" is bytes beside the JSON).  service.c holds the table.
 *
 *	status		{} -> {version, network, network_version, network_twin (the root keys signed two texts of one version,
 *			T1), code, origin, state, why, joining, new_keys (how far those are that were asked for, T5; ""),
 *			contradictions (logs that are frozen, L6), false_rosters [codes of issuers, T11], void_closings [{origin,
 *			by, index, size, quorum_size}] (that a beat with quorum contradicts, T7), stops [{place, body "missing" | "refused", own}]
 *			(where receipts for a log stop, R5), corrections_to_answer? {open (not answered), due, overdue (of these)},
 *			corrections_asked? (likewise, by this node; V5), alarms {path_stale? {logs, of, since}, owner_silent [{origin, since}],
 *			mirrors_silent [{origin, since}]} (R4), holder (V4; absent: nobody),
 *			keepers [{code, named, through}] of its restricted bodies (through: entries whose bodies it holds, if that is known),
 *			keeps [{origin, missing}] for others, log {size, root, beat {size, time},
 *			quorum {size, time}, cut? {size, time, by} (a larger beat that had its quorum when it was seen, with receipts of
 *			a generation that `by` has closed since, T12), recovery? {by, consent} (whose word it rests on, T9), closed?
 *			{by, size, revoked, reason, successor?, next_issuer?} (T6), durable_at [{code, size}] (by session or receipt)};
 *			who speaks for the network file is "root".  peers and not_connected as below, disk {used, free, memory}}
 *	logs		{} -> {logs [{origin, code, name?, unlisted? (in no table of divisions), size, root, held, missing, head_size, receipts_to, beat, quorum,
 *			cut?, recovery?, closed?, own, frozen, broken, needs_newer, trouble, alarm? {kind "owner_silent" |
 *			"mirrors_silent" | "path_stale", since} (R4), evidence? {index, leaf, head_size, why}}]}.  `evidence` is kept of
 *			the entry that breaks a log (L9)
 *	log.places	{log (an origin, or a code: its newest), after? (entry), limit? (1..1000, else 100)} -> {origin,
 *			code, own, size, bodies {held, kept (V4), lost, erased, withheld, missing, refused} of the whole log, places [{index, item,
 *			items, body "kept" | "lost" | "erased" | "withheld" | "missing" | "refused", class, openness, audience, signed_at}], next (entry)}.
 *			Places are those whose body is not here, `items` neighbours together; an entry is not split over two
 *			answers.  Reads every entry of the log
 *	log.lost	{code, limit? (1..1000, else 100)} -> {code, items [{id, revision, operation, now (its revision at present, 0
 *			none), place, class, openness, audience, record}]}: what was registered and counts no more, past the end of a
 *			closed log or on a branch that was cut (T8, L8), in order, until it is registered again
 *	log.lacks	{} -> {code, lacks, more, places [{origin, index, item, items, body "missing" | "refused"}], asked_all, peers
 *			[codes]}: bodies of this node's own log, and of those before it, that are not here and were not declared lost,
 *			at most 4,096 (`more`: perhaps others too); asked_all: every peer that is connected was asked and has none
 *	log.declare_lost {lacks} -> {code, lost}	operators: declares all of them lost (V6), if they are as many as log.lacks has
 *			said, and every peer, of at least one, was asked
 *	erase.look	{id} -> {id, places}: at how many places of the logs of its code bodies of this id are held
 *	erase		{id, reason, basis, places} -> {code, id, places, origin, index}	operators: erases it (V6, T10), if it stands at
 *			as many places as erase.look has said; origin, index: the (last) entry that says so
 *	erase.scrub	{} -> {code, left}	operators: what was erased leaves this node's disk now; `left`: so many bodies not yet
 *	peers		{} -> {peers [{code, name, upstream, up_seconds, heard_seconds, own_held, lag_entries,
 *			lag_seconds}], not_connected [urls of upstreams without a session]}
 *	record.get	{id, at? (a time, or a day: its end; R6)} | {log, index, item? (0)} -> {record, class, openness, audience, place {origin, index, item},
 *			later (a place: what was said after it takes a newer version; else absent), doubted_by? (T6), recovery?,
 *			replaced_by [ids of its jurisdiction's successor] (T10; not with `at`), corrections? [ids of requests that are
 *			not answered] (V5; likewise), as_of? {asked, origin, size, time,
 *			closed_by?, network_version?} (with `at`: by which beat with quorum that is kept, or which closing; and by which
 *			older network file that is one), sha256, signed_at, signer, signature "verified", via [codes, first node
 *			first], log {size, root, beat, quorum, cut?}}.
 *			By id what counts now; by place also what was before.  A body that is not here is refused with
 *			its reason (lost, erased, withheld, missing, refused); an id that was erased, with when, by which entry and why
 *	record.list	{code?, kind?, after?, limit? (1..1000, else 100)} -> {items [{id, revision, operation "put" | "withdraw" |
 *			"erase", class, place, erased? {at, reason, basis} (V6), replaced_by? (as record.get)}], next (cursor, absent at the end), through [{origin, size, root, lost? (bodies of it that
 *			were declared lost, V6)}] (S1: how far the logs have come that this rests on)}
 *	record.history	{id} -> {items [{revision, operation, class, place, doubted_by?, recovery?, sha256}], through as above}
 *	record.put	what record.get answers (record; class, openness, audience else as before, of a new one as the
 *			configuration says), again? (also under an id that was erased) and durable? (code | "quorum"), timeout_ms? -> {id, revision, place, reached "disk" |
 *			code | "quorum"}.  record.revision is the one that was read; a new record leaves it out.  With class,
 *			openness is internal unless said.  Where somebody would lose sight of the record, a withdrawal goes
 *			before it (V4), and revision is one more
 *	record.withdraw	{id, durable?, timeout_ms?} -> as record.put; for all who may see what is withdrawn
 *	correction.ask	{record, reason, points [{field, proposed?, reason?}], durable?, timeout_ms?} -> as record.put: that record of
 *			another code is held to be wrong, as it is here now (V5).  Who sees it is not chosen (corrections.h)
 *	correction.answer {request, accepted (the record as it is here now; else it is refused), reason? (needed to refuse), durable?,
 *			timeout_ms?} -> as record.put; by the owner of the record, once
 *	correction.list	{state? "open" (not answered) | "due" (of these, soon or past) | "overdue" | "all", after?, limit? (1..1000, else
 *			100)} -> {items [{id, end "asked" (by this node) | "to_answer", by (code), record, revision, points, reason, since,
 *			due_on (days), state "open" | "due" | "overdue" | "accepted" | "refused", accepted_revision?, answer? (its reason)}],
 *			next, through as record.list}
 *	record.put_signed  {durable?, timeout_ms?} + data (a file of record/signed.h) -> {origin, index, records [{id,
 *			revision}], reached}: registered as one entry, byte for byte (T13)
 *	import.begin	{mapping, file (for messages), dry_run?, durable? (checked now, waited for at the end), class?,
 *			openness?, audience? (of all rows; else what is registered stays for whom it is, and what is new is as
 *			the mapping says, else the configuration)} -> {import (a number)}
 *	import.data	{import} + data (a piece of the file) -> {read, registered, changed, unchanged, repeated,
 *			refused, notes, file_refused, dry_run, findings [{line, column, field, value, reason, code,
 *			refuse}], findings_left_out} + data (more of the reject file).  Counts are of the file so far,
 *			findings and data of this piece; what is still on its way to the disk is counted later.
 *			Left out are notes beyond the first 1,000 of a piece, and of a piece that is longer than
 *			YW_IMPORT_PIECE (ipc/client.h) what would not fit an answer
 *	import.end	{import, durable?, timeout_ms?} -> the same, and reached ("disk" | code | "quorum" |
 *			"nothing to wait for") and not_reached ("", or why not what was asked): all of it is on disk
 *	backup		{dir} -> {dir}		operators: a copy of the database, backup.h
 *	refetch		{} -> {code}		operators: my own log from peers (L2)
 *	node.take	{} -> {code}		operators: ends other machines with my keys (L5)
 *	close		{code, reason, revoked?, next_issuer?, successor?, doubted_from?} -> {code, origin, size, successor_admitted? (of a
 *			successor: has it a log yet, T10; it need not)}
 *			operators: ends the newest log of a code that this node answers for (T6)
 *	key.rotate	{} -> {code, issuer, key_set, again, fingerprint, request (base64)}	operators: asks for new keys
 *			(T5); `again`, as long as they do not sign, it is the same request
 *	digest		{code} -> {code, complete, digest (absent if not complete), network_version, logs [{origin, size, root,
 *			contradiction? (the hash of the two heads that freeze it)}]: over which it goes, each as far as it counts (S4)}
 *	evidence	as record.get, and of what is withheld or lost too -> {origin, index, item, quorum, body "held" | "withheld" |
 *			"lost" | "erased", lost_by?, erased_by? {origin, index}, as_of?} + data (the evidence file, B12)
 *	contradiction	{code} | {network: true} -> {origin ("": of the network file)} + data (the contradiction file of a log
 *			of that code, its owner's (L6), of its closings (T7) or rosters (T11); of the root keys (T1))
 *	network.add	{} + data (a later network file) -> {code, version (the newest), given (of the data), held (it was
 *			held before: nothing has changed)}	operators: it holds from now on, is handed to others, and
 *			logged by the first node (T1)
 *	network.get	{version? (the newest)} -> {network, version, newest} + data (the network file)
 *	network.closing	as close, of the first node -> {code, origin, closing (base64: for the next network file)}
 *	registrar.list	{} -> {code, registrars [{key, kinds, since (an entry)}]}
 *	registrar.add	{kinds, fingerprint?} + data (a registrar's request) -> {code, key, fingerprint}	operators: T13
 *	registrar.end	{key} -> {code, key}	operators
 *	holder		{holder} | {nobody} -> {code, holder}	operators: who else keeps this log's restricted bodies (V4)
 *	admit.list	{} -> {pending [{code, generation, key_set (0: to join, or a next log; else new keys), by_old_keys,
 *			fingerprint, received}]}
 *	admit.grant	{code, fingerprint, name? (of a jurisdiction that is in no table of divisions)} | {request (base64),
 *			fingerprint?, name?} -> {code, fingerprint}
 *	admit.refuse	{code, reason} -> {code}
 *	consent		{request (base64), fingerprint} -> {code, fingerprint}	operators: to a recovery that an issuer below
 *			this node may then grant (T9)
 *
 * A parameter that a method does not have is refused, as one of another type is: a misspelt dry_run must not import.
 *
 * An import is its beginner's (by uid).  One whose piece fails ends with that answer; one that nobody feeds gives its
 * place up to the next when its beginner's process is gone, or after ten minutes.
 *
 * Rights: what changes trust or the node itself (admit.*, consent, close, key.rotate, network.add, network.closing, registrar.add, registrar.end,
 * holder, log.declare_lost, erase, erase.scrub, refetch, node.take, backup) needs root or the daemon's own user.  All else is for whoever reaches the socket, which is the control group:
 * put, put_signed, withdraw, corrections and import too, for registering is what that group is for.  The daemon signs what they
 * register with its own key, which they never see; the audit log says whose it was.
 *
 * Each call of what changes anything (those, put, put_signed, correction.ask and answer, withdraw, import.begin and end), refused ones too, is one
 * line in data_dir/audit.log, and so is an import.data that ends its import.  Questions leave none.  What the command
 * does without these methods (network init and sign, node init, node join, restore) changes files and at most asks for
 * the status, also where no daemon runs, and leaves none either: who may do it, the files' owners and modes say.
 */
#ifndef YW_SERVICE_SERVICE_H
#define YW_SERVICE_SERVICE_H

#include <sys/types.h>

#include "service/config.h"
#include "service/home.h"
#include "sync/node.h"

struct yw_service;

struct yw_service_options {		/* all borrowed for the life of the service */
	const struct yw_config *config;
	struct yw_home *home;		/* its next keys are the node's thread's, key.rotate puts them there */
	struct yw_ledger *ledger;
	struct yw_node *node;
	struct yw_store *store;		/* for disk figures */
	struct yw_clock clock;
};
YW_CHECKED enum yw_code yw_service_new(const struct yw_service_options *o, struct yw_service **out, struct yw_error *err);
void yw_service_free(struct yw_service *s);	/* after the faces are closed and the node is stopped; NULL is fine */

struct yw_caller {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/* Root or the daemon's own user. */
bool yw_caller_operates(const struct yw_caller *c);

struct yw_question {
	/* set by the face, unchanged until the answer: */
	struct yw_caller caller;
	const char *method;
	struct yw_bytes params;		/* a JSON object; empty means {} */
	struct yw_bytes data;
	/* Called once, from any thread.  message is "" where code is YW_OK; result is JSON or empty. */
	void (*answer)(struct yw_question *q, enum yw_code code, const char *message, struct yw_bytes result,
	    struct yw_bytes data);
};

/* Any thread.  May read the store; only import.data and import.end may wait for the writer, and of imports at
 * most YW_IMPORTS_MAX run at once, so a face with more threads than that always has one left. */
#define YW_IMPORTS_MAX 2
void yw_service_ask(struct yw_service *s, struct yw_question *q);

/* V5: says in the log, once in the life of the service, which requests about this node's records wait for an answer, and which
 * of them are overdue.  Now and then, by one thread at a time; reads all requests that are here. */
void yw_service_say_corrections(struct yw_service *s);

#endif
