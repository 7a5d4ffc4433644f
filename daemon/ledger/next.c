/*
 * next.c - this node goes on with a next log (T8), over the same store.
 *
 * The store remembers whose request its own log came from.  With another one what it noted of the log before is at an
 * end: what of that was lost, who else ran with its keys, which instances were ended.  Its entries stay, as one more log
 * that is held here.
 */
#include "ledger/ledger_int.h"

enum yw_code
load_request(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("request");
	struct yw_hash was;
	enum yw_code code = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&k), was.b, sizeof was.b, err);

	l->request_stored = code == YW_OK && yw_hash_equal(&was, &l->request_hash);
	l->new_log = code == YW_OK && !l->request_stored;
	l->dirty |= l->new_log;
	return code == YW_ENOENT ? YW_OK : code;
}

void
put_request(struct yw_ledger *l)
{
	static const char *const at_an_end[] = { "behind", "two", "twins", "ended", "take" };
	struct key k = key_meta("request");

	if (l->request_stored)
		return;
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { l->request_hash.b, sizeof l->request_hash.b });
	for (size_t i = 0; l->new_log && i < sizeof at_an_end / sizeof *at_an_end; i++) {
		k = key_meta(at_an_end[i]);
		yw_batch_delete(l->batch, F_META, key_bytes(&k));
	}
}

struct yw_bytes
last_head(const struct yw_ledger *l)
{
	const struct log_inside *before = NULL;

	for (size_t i = 0; i < l->n_logs; i++)
		if (yw_jurisdiction_equal(&l->logs[i]->pub.code, &l->code) &&
		    l->logs[i]->pub.generation + 1 == l->own->pub.generation)
			before = l->logs[i];
	return before != NULL && before->pub.full_size != 0 ? yw_buf_bytes(&before->pub.full) :
	    (struct yw_bytes) { NULL, 0 };
}
