/*
 * registrar.c - see registrar.h.
 */
#include "trust/registrar.h"

#include "base/text.h"

#define FIRST_LINE "yiwang-registrar/v1"
#define LAST_PART "/registrar"

enum yw_code
yw_registrar_vkey(const char *network, const struct yw_jurisdiction *code, const struct yw_pubkey *key,
    struct yw_vkey *out)
{
	char name[YW_KEYNAME_MAX + 1];

	snprintf(name, sizeof name, "%s/%s" LAST_PART, network, code->code);
	return yw_vkey_make(name, YW_NOTE_ED25519, key, out);
}

bool
yw_registrar_name(const char *name, char network[static YW_NETWORK_NAME_MAX + 1], struct yw_jurisdiction *code)
{
	size_t len = strlen(name), last = strlen(LAST_PART);
	uint32_t generation;

	return len > last && strcmp(name + len - last, LAST_PART) == 0 &&
	    yw_origin_parse(name, len - last, network, code, &generation) == YW_OK && generation == 1;
}

enum yw_code
yw_registrar_request_make(const struct yw_vkey *key, const struct yw_seckey *sec, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf made = YW_BUF_INIT;
	struct yw_registrar_request r;
	enum yw_code code;

	yw_buf_add_str(&made, FIRST_LINE "\nkey ");
	yw_vkey_text(key, &made);
	yw_buf_add_str(&made, "\n\n");
	code = yw_buf_check(&made, err);
	if (code == YW_OK)	/* all but the empty line is signed */
		code = yw_note_sign((struct yw_bytes) { made.data, made.len - 1 }, key, sec, &made, err);
	if (code == YW_OK)
		code = yw_registrar_request_read(yw_buf_bytes(&made), &r, err);
	if (code == YW_OK) {
		yw_buf_add(out, made.data, made.len);
		code = yw_buf_check(out, err);
	}
	yw_buf_release(&made);
	return code;
}

static enum yw_code
read_text(struct yw_bytes text, struct yw_vkey *key, struct yw_registrar_request *r, struct yw_error *err)
{
	struct yw_bytes line, value;
	enum yw_code code;

	if (!yw_line_next(&text, &line) || !yw_bytes_equal(line, YW_BYTES_LIT(FIRST_LINE)))
		return yw_fail(err, YW_EFORMAT, "it does not begin with '" FIRST_LINE "'");
	if (!yw_line_next(&text, &line) || !yw_line_after(line, "key ", &value) || text.len != 0)
		return yw_fail(err, YW_EFORMAT, "it does not hold one line 'key', and nothing else");
	code = yw_vkey_parse((const char *)value.data, value.len, key, err);
	if (code != YW_OK)
		return code;
	if (key->alg != YW_NOTE_ED25519 || !yw_registrar_name(key->name, r->network, &r->code))
		return yw_fail(err, YW_EFORMAT, "its key '%s' is no registrar's", key->name);
	r->key = key->key;
	if (yw_pubkey_check(&key->key, NULL) != YW_OK)
		return yw_fail(err, YW_EINVAL, "its key is no sound Ed25519 key");
	return YW_OK;
}

enum yw_code
yw_registrar_request_read(struct yw_bytes note, struct yw_registrar_request *out, struct yw_error *err)
{
	struct yw_registrar_request r = { .network = "" };
	struct yw_vkey key;
	struct yw_note n;
	enum yw_code code;

	if (note.len > YW_REGISTRAR_MAX)
		return yw_fail(err, YW_ELIMIT, "a registrar's request has at most %d bytes", YW_REGISTRAR_MAX);
	code = yw_note_parse(note, &n, err);
	if (code != YW_OK)
		return code;
	code = read_text(n.text, &key, &r, err);
	if (code == YW_OK && n.n_sigs != 1)
		code = yw_fail(err, YW_EFORMAT, "it has another number of signatures than one");
	if (code == YW_OK) {
		code = yw_note_check(&n, &key, NULL);
		if (code == YW_ENOENT || code == YW_ESIG)
			code = yw_fail(err, YW_ESIG, "it is not signed by the key that it names");
	}
	yw_note_release(&n);
	if (code == YW_OK)
		*out = r;
	return code;
}
