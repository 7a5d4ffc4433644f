/*
 * verify.c - the real verifier runs once per distinct (key, message, signature) of a seed, and its answer is shared by all
 * simulated nodes; the once is mostly when it is made, since yw_sign() verifies what it has signed.  Whether a key is a
 * point that may sign is asked once as well.  And an owner that is told to spoils an entry of its own while it is sealed.
 *
 * The linker puts these functions in the place of libsodium's, and of the daemon's (--wrap): the daemon has no hook for it.
 */
#include "sim_int.h"

int __real_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *msg, unsigned long long len,
    const unsigned char *pub);
int __wrap_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *msg, unsigned long long len,
    const unsigned char *pub);
int __real_crypto_core_ed25519_is_valid_point(const unsigned char *key);
int __wrap_crypto_core_ed25519_is_valid_point(const unsigned char *key);

struct answer {
	struct yw_hash question;
	bool known;
	int is;
};

struct answers {
	struct answer *at;		/* open addressing, a power of two */
	size_t n, cap;
};

static struct answers signatures, points;
static struct node *spoiler;
static uint64_t checked, checked_before;	/* signatures, by the real verifier: since ever, and before this seed */

uint64_t
sim_signatures(void)
{
	return checked;
}

static struct answer *
find(const struct answers *a, const struct yw_hash *question)
{
	size_t i;

	memcpy(&i, question->b, sizeof i);
	for (;; i++) {
		struct answer *at = &a->at[i & (a->cap - 1)];

		if (!at->known || yw_hash_equal(&at->question, question))
			return at;
	}
}

static void
grow(struct answers *a)
{
	struct answers old = *a;

	if (a->cap != 0 && a->n < a->cap / 2)
		return;
	a->cap = a->cap == 0 ? 1 << 12 : a->cap * 2;
	a->at = sim_alloc(a->cap * sizeof *a->at);
	for (size_t i = 0; i < old.cap; i++)
		if (old.at[i].known)
			*find(a, &old.at[i].question) = old.at[i];
	free(old.at);
}

static struct answer *
ask(struct answers *a, const struct yw_bytes *parts, size_t n)
{
	struct yw_hash question;
	struct answer *at;

	grow(a);
	yw_sha256_parts(parts, n, &question);
	at = find(a, &question);
	at->question = question;
	return at;
}

static int
learn(struct answers *a, struct answer *at, int is)
{
	at->is = is;
	at->known = true;
	a->n++;
	return is;
}

int
__wrap_crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *msg, unsigned long long len,
    const unsigned char *pub)
{
	const struct yw_bytes parts[] = { { pub, sizeof(struct yw_pubkey) }, { sig, sizeof(struct yw_sig) }, { msg, (size_t)len } };
	struct answer *at = ask(&signatures, parts, 3);

	if (at->known)
		return at->is;
	checked++;
	return learn(&signatures, at, __real_crypto_sign_verify_detached(sig, msg, len, pub));
}

int
__wrap_crypto_core_ed25519_is_valid_point(const unsigned char *key)
{
	const struct yw_bytes part = { key, sizeof(struct yw_pubkey) };
	struct answer *at = ask(&points, &part, 1);

	return at->known ? at->is : learn(&points, at, __real_crypto_core_ed25519_is_valid_point(key));
}

static void
forget(struct answers *a)
{
	free(a->at);
	*a = (struct answers) { .n = 0 };
}

void
verify_begin(void)
{
	spoiler = NULL;
	forget(&signatures);
	forget(&points);
	checked_before = checked;
}

static int
by_question(const void *a, const void *b)
{
	return memcmp(&((const struct answer *)a)->question, &((const struct answer *)b)->question, sizeof(struct yw_hash));
}

/* Counted by what was asked, and not by what was remembered of it: a question that was lost is asked again, and is there
 * twice. */
void
verify_end(struct sim *s)
{
	uint64_t distinct = 0;

	qsort(signatures.at, signatures.cap, sizeof *signatures.at, by_question);
	for (size_t i = 0; i < signatures.cap; i++)
		distinct += signatures.at[i].known && (i == 0 || by_question(&signatures.at[i - 1], &signatures.at[i]) != 0);
	if (checked - checked_before != distinct)
		sim_fail(s, "%llu signatures were really checked, and there were %llu of them", (unsigned long long)(checked - checked_before),
		    (unsigned long long)distinct);
	forget(&signatures);
}

/* --- entries that are not what they should be --- */

enum yw_code __real_yw_entry_seal(const struct yw_entry_draft *draft, const struct yw_seckey *key,
    const struct yw_pubkey *pub, struct yw_buf *out, struct yw_error *err);
enum yw_code __wrap_yw_entry_seal(const struct yw_entry_draft *draft, const struct yw_seckey *key,
    const struct yw_pubkey *pub, struct yw_buf *out, struct yw_error *err);

void
verify_spoil(struct node *n, enum spoil how)
{
	spoiler = n;
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
