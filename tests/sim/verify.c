/*
 * verify.c - the real verifier runs once per distinct (key, message, signature), and its answer is shared by all
 * simulated nodes; the once is mostly when it is made, since yw_sign() verifies what it has signed.  And an owner that is told to spoils an entry of its own while it is sealed.
 *
 * The linker puts these functions in the place of the daemon's (--wrap): the daemon has no hook for it.
 */
#include "sim_int.h"

bool __real_yw_verify(const struct yw_pubkey *pub, const void *msg, size_t len, const struct yw_sig *sig);
bool __wrap_yw_verify(const struct yw_pubkey *pub, const void *msg, size_t len, const struct yw_sig *sig);
enum yw_code __wrap_yw_verify_pae(const struct yw_pubkey *pub, const char *type, const void *body, size_t len,
    const struct yw_sig *sig);
enum yw_code __real_yw_sign(const struct yw_seckey *key, const void *msg, size_t len, struct yw_sig *out,
    struct yw_error *err);
enum yw_code __wrap_yw_sign(const struct yw_seckey *key, const void *msg, size_t len, struct yw_sig *out,
    struct yw_error *err);
enum yw_code __wrap_yw_sign_pae(const struct yw_seckey *key, const char *type, const void *body, size_t len,
    struct yw_sig *out, struct yw_error *err);

struct answer {
	struct yw_hash question;
	bool known, good;
};

static struct answer *answers;		/* open addressing, a power of two */
static size_t n_answers, cap;
static uint64_t checked;

uint64_t
sim_signatures(void)
{
	return checked;
}

static struct answer *
find(const struct yw_hash *question)
{
	size_t i;

	memcpy(&i, question->b, sizeof i);
	for (;; i++) {
		struct answer *a = &answers[i & (cap - 1)];

		if (!a->known || yw_hash_equal(&a->question, question))
			return a;
	}
}

static void
grow(void)
{
	struct answer *old = answers;
	size_t n = cap;

	if (n_answers < cap / 2)
		return;
	cap = cap == 0 ? 1 << 14 : cap * 2;
	answers = calloc(cap, sizeof *answers);
	if (answers == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		if (old[i].known)
			*find(&old[i].question) = old[i];
	free(old);
}

/* The answer's place; if it is not known yet, its question is noted there. */
static struct answer *
ask(const struct yw_pubkey *pub, const void *msg, size_t len, const struct yw_sig *sig)
{
	const struct yw_bytes parts[] = { { pub->b, sizeof pub->b }, { sig->b, sizeof sig->b }, { msg, len } };
	struct yw_hash question;
	struct answer *a;

	grow();
	yw_sha256_parts(parts, 3, &question);
	a = find(&question);
	a->question = question;
	return a;
}

static void
learn(struct answer *a, bool good)
{
	a->good = good;
	n_answers += !a->known;
	checked += !a->known;
	a->known = true;
}

bool
__wrap_yw_verify(const struct yw_pubkey *pub, const void *msg, size_t len, const struct yw_sig *sig)
{
	struct answer *a = ask(pub, msg, len, sig);

	if (!a->known)
		learn(a, __real_yw_verify(pub, msg, len, sig));
	return a->good;
}

enum yw_code
__wrap_yw_sign(const struct yw_seckey *key, const void *msg, size_t len, struct yw_sig *out, struct yw_error *err)
{
	enum yw_code code = __real_yw_sign(key, msg, len, out, err);
	struct yw_pubkey pub;

	memcpy(pub.b, key->b + sizeof key->b - sizeof pub.b, sizeof pub.b);	/* as libsodium keeps it (RFC 8032 seed ‖ key) */
	if (code == YW_OK)
		learn(ask(&pub, msg, len, out), true);
	return code;
}

enum yw_code
__wrap_yw_sign_pae(const struct yw_seckey *key, const char *type, const void *body, size_t len, struct yw_sig *out,
    struct yw_error *err)
{
	struct yw_buf pae = YW_BUF_INIT;
	enum yw_code code;

	yw_pae(&pae, type, body, len);
	code = yw_buf_check(&pae, err);
	if (code == YW_OK)
		code = __wrap_yw_sign(key, pae.data, pae.len, out, err);
	yw_buf_release(&pae);
	return code;
}

enum yw_code
__wrap_yw_verify_pae(const struct yw_pubkey *pub, const char *type, const void *body, size_t len,
    const struct yw_sig *sig)
{
	struct yw_buf pae = YW_BUF_INIT;
	enum yw_code code;

	yw_pae(&pae, type, body, len);
	code = yw_buf_check(&pae, NULL);
	if (code == YW_OK && !__wrap_yw_verify(pub, pae.data, pae.len, sig))
		code = YW_ESIG;
	yw_buf_release(&pae);
	return code;
}

/* --- entries that are not what they should be --- */

enum yw_code __real_yw_entry_seal(const struct yw_entry_draft *draft, const struct yw_seckey *key,
    const struct yw_pubkey *pub, struct yw_buf *out, struct yw_error *err);
enum yw_code __wrap_yw_entry_seal(const struct yw_entry_draft *draft, const struct yw_seckey *key,
    const struct yw_pubkey *pub, struct yw_buf *out, struct yw_error *err);

static struct node *spoiler;

void
verify_spoil(struct node *n, enum spoil how)
{
	spoiler = n;
	if (n != NULL)
		n->spoil_next = how;
}

enum yw_code
__wrap_yw_entry_seal(const struct yw_entry_draft *draft, const struct yw_seckey *key, const struct yw_pubkey *pub,
    struct yw_buf *out, struct yw_error *err)
{
	struct yw_entry_draft d = *draft;
	struct node *n = spoiler;
	enum yw_code code;

	if (n == NULL || d.hashes == NULL || memcmp(pub, &n->keys.pub.entry, sizeof *pub) != 0)
		return __real_yw_entry_seal(draft, key, pub, out, err);
	spoiler = NULL;
	if (n->spoil_next == BORROWED)
		d.hashes = n->borrow;
	if (n->spoil_next == OTHER_KEY)
		code = __real_yw_entry_seal(&d, &n->foreign->entry, &n->foreign->pub.entry, out, err);
	else
		code = __real_yw_entry_seal(&d, key, pub, out, err);
	if (code == YW_OK && n->spoil_next == UNSIGNED)
		out->data[out->len - 1] ^= 1;	/* the signature is the last thing in an envelope */
	return code;
}
