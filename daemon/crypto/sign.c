/*
 * sign.c - see sign.h.
 */
#include <inttypes.h>
#include <sodium.h>

#include "crypto/sign.h"

/*
 * libsodium 1.0.18 checks S < L, a canonical and not small-order A, a not small-order R, and compares
 * encode(S*B - h*A) with R's bytes: the whole of B4 but the subgroup of A.  It differs from other
 * libraries at R = identity, which it refuses, as B4 does.
 */
bool
yw_verify(const struct yw_pubkey *pub, const void *msg, size_t len, const struct yw_sig *sig)
{
	return crypto_sign_verify_detached(sig->b, msg, len, pub->b) == 0;
}

enum yw_code
yw_sign(const struct yw_seckey *key, const void *msg, size_t len, struct yw_sig *out,
    struct yw_error *err)
{
	struct yw_pubkey pub;

	crypto_sign_detached(out->b, NULL, msg, len, key->b);
	crypto_sign_ed25519_sk_to_pk(pub.b, key->b);
	if (!yw_verify(&pub, msg, len, out)) {
		yw_wipe(out, sizeof *out);
		return yw_fail(err, YW_ESIG, "own signature does not verify: the key is damaged");
	}
	return YW_OK;
}

/* Once per entry of every log that is copied: printf costs as much as the rest of what precedes the signature. */
static void
add_number(struct yw_buf *out, size_t n)
{
	char digits[24], *p = digits + sizeof digits;

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	yw_buf_add(out, p, (size_t)(digits + sizeof digits - p));
}

void
yw_pae(struct yw_buf *out, const char *type, const void *body, size_t len)
{
	yw_buf_add_str(out, "DSSEv1 ");
	add_number(out, strlen(type));
	yw_buf_add_byte(out, ' ');
	yw_buf_add_str(out, type);
	yw_buf_add_byte(out, ' ');
	add_number(out, len);
	yw_buf_add_byte(out, ' ');
	yw_buf_add(out, body, len);
}

enum yw_code
yw_sign_pae(const struct yw_seckey *key, const char *type, const void *body, size_t len,
    struct yw_sig *out, struct yw_error *err)
{
	struct yw_buf pae = YW_BUF_INIT;
	enum yw_code code;

	yw_pae(&pae, type, body, len);
	code = yw_buf_check(&pae, err);
	if (code == YW_OK)
		code = yw_sign(key, pae.data, pae.len, out, err);
	yw_buf_release(&pae);
	return code;
}

enum yw_code
yw_verify_pae(const struct yw_pubkey *pub, const char *type, const void *body, size_t len,
    const struct yw_sig *sig)
{
	struct yw_buf pae = YW_BUF_INIT;
	enum yw_code code;

	yw_pae(&pae, type, body, len);
	code = yw_buf_check(&pae, NULL);
	if (code == YW_OK && !yw_verify(pub, pae.data, pae.len, sig))
		code = YW_ESIG;
	yw_buf_release(&pae);
	return code;
}
