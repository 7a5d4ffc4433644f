/*
 * forge.c - statements that an issuer does not make: the daemon judges what it is about to log, and an issuer that is up to
 * something does not.
 *
 * The linker puts these functions in the place of the daemon's (--wrap), as in verify.c.
 */
#include "sim_int.h"

enum yw_code __real_yw_recovery_make(const struct yw_trust *t, const struct yw_generation *issuer,
    struct yw_bytes signed_request, const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);
enum yw_code __wrap_yw_recovery_make(const struct yw_trust *t, const struct yw_generation *issuer,
    struct yw_bytes signed_request, const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);
enum yw_code __real_yw_trust_make_closing(const struct yw_trust *t, const struct yw_generation *issuer,
    const struct yw_closing_draft *d, struct yw_buf *out, struct yw_error *err);
enum yw_code __wrap_yw_trust_make_closing(const struct yw_trust *t, const struct yw_generation *issuer,
    const struct yw_closing_draft *d, struct yw_buf *out, struct yw_error *err);

static bool unjudged;
static const struct yw_buf *head;

bool
forge_delegation(struct node *issuer, struct yw_bytes signed_request)
{
	struct yw_error err;
	bool done;

	unjudged = true;
	done = issuer->ledger != NULL && yw_ledger_admit(issuer->ledger, signed_request, &err) == YW_OK;
	unjudged = false;
	if (done)
		node_poke(issuer, issuer->s->now);
	return done;
}

bool
forge_closing(struct node *issuer, const char *origin, const struct yw_closing_draft *d, const struct yw_buf *instead)
{
	struct yw_error err;
	bool done;

	head = instead;
	done = issuer->ledger != NULL && yw_ledger_close_log(issuer->ledger, origin, d, &err) == YW_OK;
	head = NULL;
	if (done)
		node_poke(issuer, issuer->s->now);
	return done;
}

void
forge_head(struct sim *s, const struct node *owner, const struct yw_key_set *keys, uint64_t size, struct yw_buf *out)
{
	struct yw_checkpoint c = { .size = size };
	struct yw_origin origin;
	struct yw_error err;

	memcpy(c.origin, world_origin(s, owner, &origin), sizeof c.origin);
	sim_fill(s, &c.root, sizeof c.root);
	yw_buf_clear(out);
	if (yw_head_sign(&c, &keys->head, &keys->pub.head, out, &err) != YW_OK)
		sim_fail(s, "no head is forged: %s", err.msg);
}

enum yw_code
__wrap_yw_recovery_make(const struct yw_trust *t, const struct yw_generation *issuer, struct yw_bytes signed_request,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err)
{
	return unjudged ? yw_trust_make_delegation(signed_request, out, err) :
	    __real_yw_recovery_make(t, issuer, signed_request, r, out, err);
}

enum yw_code
__wrap_yw_trust_make_closing(const struct yw_trust *t, const struct yw_generation *issuer, const struct yw_closing_draft *d,
    struct yw_buf *out, struct yw_error *err)
{
	struct yw_closing_draft other = *d;

	if (head != NULL)
		other.head = yw_buf_bytes(head);
	return __real_yw_trust_make_closing(t, issuer, &other, out, err);
}
