/*
 * rootkey.c - see rootkey.h.
 */
#include "cli/rootkey.h"

#include "base/file.h"
#include "base/text.h"

#define PREFIX "PRIVATE+KEY+"
#define RAW_BYTES (1 + YW_SEED_BYTES)	/* algorithm, seed */
#define ROOTKEY_FILE_MAX 1024

/* Takes what stands before the next '+'. */
static bool
take_part(struct yw_bytes *rest, struct yw_bytes *part)
{
	const uint8_t *plus = rest->len == 0 ? NULL : memchr(rest->data, '+', rest->len);

	if (plus == NULL)
		return false;
	*part = (struct yw_bytes) { rest->data, (size_t)(plus - rest->data) };
	*rest = (struct yw_bytes) { plus + 1, rest->len - part->len - 1 };
	return true;
}

/* The key of a name and raw bytes, if the id belongs to it. */
static bool
put_together(struct yw_bytes name_text, const uint8_t id[static 4], const uint8_t raw[static RAW_BYTES],
    struct yw_rootkey *out)
{
	char name[YW_KEYNAME_MAX + 1];
	struct yw_pubkey pub;
	struct yw_seed seed;

	if (raw[0] != YW_NOTE_ED25519 || name_text.len > YW_KEYNAME_MAX)
		return false;
	memcpy(name, name_text.data, name_text.len);
	name[name_text.len] = '\0';
	memcpy(seed.b, raw + 1, sizeof seed.b);
	yw_seckey_from_seed(&seed, &out->sec, &pub);
	yw_wipe(&seed, sizeof seed);
	return yw_vkey_make(name, YW_NOTE_ED25519, &pub, &out->pub) == YW_OK && out->pub.id == yw_get_be32(id);
}

enum yw_code
yw_rootkey_parse(struct yw_bytes text, struct yw_rootkey *out, struct yw_error *err)
{
	struct yw_bytes line, rest, name, id_text;
	uint8_t id[4], raw[RAW_BYTES];
	struct yw_rootkey key;
	bool good;

	good = yw_line_next(&text, &line) && text.len == 0 && yw_line_after(line, PREFIX, &rest) &&
	    take_part(&rest, &name) && take_part(&rest, &id_text) &&
	    yw_hex_decode((const char *)id_text.data, id_text.len, id, sizeof id) == YW_OK &&
	    yw_base64_decode_exact((const char *)rest.data, rest.len, raw, sizeof raw) == YW_OK &&
	    put_together(name, id, raw, &key);
	yw_wipe(raw, sizeof raw);
	if (good)
		*out = key;
	yw_wipe(&key, sizeof key);
	return good ? YW_OK : yw_fail(err, YW_EFORMAT, "holds no root key");
}

enum yw_code
yw_rootkey_read(const char *path, struct yw_rootkey *out, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	enum yw_code code;

	code = yw_file_read_secret(path, ROOTKEY_FILE_MAX, &text, err);
	if (code == YW_OK) {
		code = yw_rootkey_parse(yw_buf_bytes(&text), out, err);
		if (code != YW_OK)
			yw_fail_context(err, "'%s'", path);
	}
	yw_buf_wipe(&text);
	return code;
}

static enum yw_code
write_key(const char *path, const struct yw_vkey *v, const struct yw_seed *seed, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT, base64 = YW_BUF_INIT;
	uint8_t raw[RAW_BYTES] = { YW_NOTE_ED25519 };
	enum yw_code code;

	memcpy(raw + 1, seed->b, sizeof seed->b);
	yw_base64_add(&base64, raw, sizeof raw);
	yw_wipe(raw, sizeof raw);
	/* At once, so that no copy stays behind where the buffer grew. */
	yw_buf_printf(&text, PREFIX "%s+%08x+%s\n", v->name, (unsigned)v->id, yw_buf_str(&base64));
	text.failed |= base64.failed;
	code = yw_buf_check(&text, err);
	if (code == YW_OK)
		code = yw_file_write(path, text.data, text.len, 0600, false, err);
	yw_buf_wipe(&base64);
	yw_buf_wipe(&text);
	return code;
}

/* `of` NULL: a root key. */
static enum yw_code
make_key(const char *path, const char *network, const struct yw_jurisdiction *of, struct yw_rootkey *out,
    struct yw_error *err)
{
	struct yw_pubkey pub;
	struct yw_seed seed;
	enum yw_code code;

	yw_seed_random(&seed);
	yw_seckey_from_seed(&seed, &out->sec, &pub);
	code = of == NULL ? yw_root_vkey(network, &pub, &out->pub) : yw_registrar_vkey(network, of, &pub, &out->pub);
	if (code == YW_OK)
		code = write_key(path, &out->pub, &seed, err);
	else
		yw_fail(err, code, "'%s' is no name of a network", network);
	yw_wipe(&seed, sizeof seed);
	return code;
}

enum yw_code
yw_rootkey_make(const char *path, const char *network, struct yw_rootkey *out, struct yw_error *err)
{
	return make_key(path, network, NULL, out, err);
}

enum yw_code
yw_rootkey_make_registrar(const char *path, const char *network, const struct yw_jurisdiction *code,
    struct yw_rootkey *out, struct yw_error *err)
{
	return make_key(path, network, code, out, err);
}
