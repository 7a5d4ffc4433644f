/*
 * note.c - C2SP signed-note: text, an empty line, signature lines; and verifier keys.
 *
 * Lines by keys or algorithms we do not know are carried and never judged: others may sign too.
 */
#include "tlog/note.h"

#include <stdlib.h>

#include "base/text.h"
#include "crypto/hash.h"

#define DASH "\xe2\x80\x94 "	/* U+2014 and one space */
#define DASH_BYTES 4
#define ID_BYTES 4
#define COSIG_TIME_BYTES 8

/* Length of a Unicode space at p, or 0 (the White_Space property, UTF-8 already checked). */
static size_t
space_at(const uint8_t *p, size_t left)
{
	if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		return 1;
	if (left >= 2 && p[0] == 0xc2 && (p[1] == 0x85 || p[1] == 0xa0))
		return 2;
	if (left < 3)
		return 0;
	if (memcmp(p, "\xe1\x9a\x80", 3) == 0 || memcmp(p, "\xe3\x80\x80", 3) == 0 ||
	    memcmp(p, "\xe2\x81\x9f", 3) == 0)
		return 3;
	if (p[0] == 0xe2 && p[1] == 0x80 &&
	    ((p[2] >= 0x80 && p[2] <= 0x8a) || p[2] == 0xa8 || p[2] == 0xa9 || p[2] == 0xaf))
		return 3;
	return 0;
}

static bool
name_valid(const uint8_t *name, size_t len)
{
	if (len == 0 || !yw_utf8_valid(name, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] > ' ' && name[i] < 0x80 && name[i] != '+')	/* which most are */
			continue;
		if (name[i] == '+' || name[i] < 0x20 || space_at(name + i, len - i) != 0)
			return false;
	}
	return true;
}

static uint32_t
key_id(const char *name, uint8_t alg, const struct yw_pubkey *key)
{
	const struct yw_bytes parts[] = {
		yw_bytes_str(name), YW_BYTES_LIT("\n"), { &alg, 1 }, { key->b, sizeof key->b }
	};
	struct yw_hash h;

	yw_sha256_parts(parts, 4, &h);
	return yw_get_be32(h.b);
}

enum yw_code
yw_vkey_make(const char *name, uint8_t alg, const struct yw_pubkey *key, struct yw_vkey *out)
{
	size_t len = strlen(name);

	if (len > YW_KEYNAME_MAX)
		return YW_ELIMIT;
	if (!name_valid((const uint8_t *)name, len))
		return YW_EFORMAT;
	yw_vkey_again(name, alg, key, key_id(name, alg, key), out);
	return YW_OK;
}

void
yw_vkey_again(const char *name, uint8_t alg, const struct yw_pubkey *key, uint32_t id, struct yw_vkey *out)
{
	memcpy(out->name, name, strlen(name) + 1);
	out->alg = alg;
	out->key = *key;
	out->id = id;
}

enum yw_code
yw_vkey_parse(const char *text, size_t len, struct yw_vkey *out, struct yw_error *err)
{
	const char *plus = memchr(text, '+', len), *end = text + len;
	uint8_t id[ID_BYTES], raw[1 + YW_PUBKEY_BYTES];
	char name[YW_KEYNAME_MAX + 1];
	struct yw_pubkey key;
	size_t n;

	if (plus == NULL || end - plus < 10 || plus[9] != '+')
		return yw_fail(err, YW_EFORMAT, "a verifier key is written name+id+key, id of 8 hex digits");
	n = (size_t)(plus - text);
	if (n > YW_KEYNAME_MAX)
		return yw_fail(err, YW_ELIMIT, "a key name has more than %d bytes", YW_KEYNAME_MAX);
	if (memchr(text, '\0', n) != NULL || !name_valid((const uint8_t *)text, n))
		return yw_fail(err, YW_EFORMAT, "a key name is empty or holds a space");
	if (yw_hex_decode(plus + 1, 8, id, sizeof id) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "a key id is not 8 lower-case hex digits");
	if (yw_base64_decode_exact(plus + 10, (size_t)(end - plus) - 10, raw, sizeof raw) != YW_OK ||
	    (raw[0] != YW_NOTE_ED25519 && raw[0] != YW_NOTE_COSIGNATURE))
		return yw_fail(err, YW_EFORMAT, "a verifier key is not an Ed25519 key");
	memcpy(name, text, n);
	name[n] = '\0';
	memcpy(key.b, raw + 1, sizeof key.b);
	if (key_id(name, raw[0], &key) != yw_get_be32(id))
		return yw_fail(err, YW_EFORMAT, "the id in key '%s' does not belong to it", name);
	return yw_vkey_make(name, raw[0], &key, out);
}

void
yw_vkey_text(const struct yw_vkey *v, struct yw_buf *out)
{
	uint8_t raw[1 + YW_PUBKEY_BYTES];

	raw[0] = v->alg;
	memcpy(raw + 1, v->key.b, YW_PUBKEY_BYTES);
	yw_buf_printf(out, "%s+%08x+", v->name, (unsigned)v->id);
	yw_base64_add(out, raw, sizeof raw);
}

/* One signature line, without its LF; `raw` is for decoding. */
static enum yw_code
parse_line(const uint8_t *line, size_t len, struct yw_note_sig *out, struct yw_buf *raw, struct yw_error *err)
{
	const uint8_t *space;
	enum yw_code code;

	if (len < DASH_BYTES || memcmp(line, DASH, DASH_BYTES) != 0)
		return yw_fail(err, YW_EFORMAT, "a signature line does not start with a dash and a space");
	line += DASH_BYTES;
	len -= DASH_BYTES;
	space = memchr(line, ' ', len);
	if (space == NULL || !name_valid(line, (size_t)(space - line)))
		return yw_fail(err, YW_EFORMAT, "a signature line has no valid name");
	out->name = (struct yw_bytes) { line, (size_t)(space - line) };
	yw_buf_clear(raw);
	code = yw_base64_decode((const char *)space + 1, len - out->name.len - 1, raw);
	if (code == YW_ENOMEM)
		return yw_fail(err, code, "no memory for a note");
	if (code != YW_OK || raw->len <= ID_BYTES)
		return yw_fail(err, YW_EFORMAT, "a signature line holds no base64 of a key id and a signature");
	out->id = yw_get_be32(raw->data);
	out->len = raw->len - ID_BYTES;
	if (out->len <= sizeof out->data)
		memcpy(out->data, raw->data + ID_BYTES, out->len);
	out->sound = false;
	return YW_OK;
}

/* Where the signature lines begin: after the last empty line.  NULL if there is none. */
static const uint8_t *
find_signatures(struct yw_bytes data)
{
	const uint8_t *lf = data.data + data.len;

	while ((lf = memrchr(data.data, '\n', (size_t)(lf - data.data))) != NULL)
		if (lf > data.data && lf[-1] == '\n')
			return lf + 1;
	return NULL;
}

/* Is none of the eight bytes from p on below a space? */
static bool
printable_eight(const uint8_t *p)
{
	uint64_t eight;

	memcpy(&eight, p, sizeof eight);
	return ((eight - UINT64_C(0x2020202020202020)) & ~eight & UINT64_C(0x8080808080808080)) == 0;
}

/* Another control character than LF. */
static bool
has_control(struct yw_bytes data)
{
	for (size_t i = 0; i < data.len; i++) {
		if (data.len - i >= 8 && printable_eight(data.data + i))
			i += 7;
		else if (data.data[i] < 0x20 && data.data[i] != '\n')
			return true;
	}
	return false;
}

static enum yw_code
check_text(struct yw_bytes data, struct yw_error *err)
{
	if (data.len > YW_NOTE_MAX)
		return yw_fail(err, YW_ELIMIT, "a signed note has more than %u bytes", YW_NOTE_MAX);
	if (data.len == 0 || data.data[data.len - 1] != '\n')
		return yw_fail(err, YW_EFORMAT, "a signed note does not end with a line feed");
	if (!yw_utf8_valid(data.data, data.len))
		return yw_fail(err, YW_EFORMAT, "a signed note is not UTF-8");
	if (has_control(data))
		return yw_fail(err, YW_EFORMAT, "a signed note holds a control character");
	return YW_OK;
}

static size_t
count_lines(const uint8_t *p, const uint8_t *end)
{
	size_t n = 0;

	for (; p < end; p = (const uint8_t *)memchr(p, '\n', (size_t)(end - p)) + 1)	/* the last byte is one */
		n++;
	return n;
}

enum yw_code
yw_note_parse(struct yw_bytes data, struct yw_note *out, struct yw_error *err)
{
	const uint8_t *line, *lf, *end = data.data + data.len;
	struct yw_buf raw = YW_BUF_INIT;
	struct yw_note note = { 0 };
	enum yw_code code;
	size_t n;

	code = check_text(data, err);
	if (code != YW_OK)
		return code;
	line = find_signatures(data);
	if (line == NULL || line == end)
		return yw_fail(err, YW_EFORMAT, "a signed note has no signature");
	note.text = (struct yw_bytes) { data.data, (size_t)(line - data.data) - 1 };
	n = count_lines(line, end);
	if (n > YW_NOTE_SIGNATURES_MAX)
		return yw_fail(err, YW_ELIMIT, "a signed note has more than %d signatures", YW_NOTE_SIGNATURES_MAX);
	note.sigs = malloc(n * sizeof *note.sigs);
	if (note.sigs == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a signed note");
	for (; code == YW_OK && line < end; line = lf + 1) {
		lf = memchr(line, '\n', (size_t)(end - line));	/* the last byte is one */
		code = parse_line(line, (size_t)(lf - line), &note.sigs[note.n_sigs], &raw, err);
		note.sigs[note.n_sigs++].line = (struct yw_bytes) { line, (size_t)(lf - line) + 1 };
	}
	yw_buf_release(&raw);
	if (code == YW_OK)
		*out = note;
	else
		yw_note_release(&note);
	return code;
}

void
yw_note_release(struct yw_note *n)
{
	free(n->sigs);
	*n = (struct yw_note) { 0 };
}

/* Where the lines of a head begin: behind its first empty line, which is its only one. */
static size_t
lines_at(struct yw_bytes head)
{
	struct yw_bytes rest = head, line;

	while (yw_line_next(&rest, &line))
		if (line.len == 0)
			return (size_t)(rest.data - head.data);
	return head.len;
}

struct yw_bytes
yw_note_lines(struct yw_bytes head)
{
	size_t at = lines_at(head);

	return (struct yw_bytes) { head.data + at, head.len - at };
}

bool
yw_note_same_text(struct yw_bytes head, struct yw_bytes other)
{
	size_t at = lines_at(head);

	return at < head.len && at < other.len && memcmp(head.data, other.data, at) == 0;
}

bool
yw_note_has_line(struct yw_bytes head, struct yw_bytes line)
{
	struct yw_bytes rest = yw_note_lines(head), one;

	while (yw_line_next(&rest, &one))
		if (one.len + 1 == line.len && memcmp(one.data, line.data, line.len) == 0)
			return true;
	return false;
}

static void
cosigned_message(struct yw_bytes text, uint64_t time_s, struct yw_buf *out)
{
	yw_buf_printf(out, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
	yw_buf_add(out, text.data, text.len);
}

static enum yw_code
check_line(const struct yw_note *n, const struct yw_note_sig *s, const struct yw_vkey *key, uint64_t *time)
{
	struct yw_buf msg = YW_BUF_INIT;
	struct yw_sig sig;
	enum yw_code code;

	if (key->alg == YW_NOTE_ED25519 && s->len == YW_SIG_BYTES) {
		if (s->sound)
			return YW_OK;
		memcpy(sig.b, s->data, sizeof sig.b);
		return yw_verify(&key->key, n->text.data, n->text.len, &sig) ? YW_OK : YW_ESIG;
	}
	if (key->alg != YW_NOTE_COSIGNATURE || s->len != COSIG_TIME_BYTES + YW_SIG_BYTES)
		return YW_ESIG;
	*time = yw_get_be64(s->data);
	if (s->sound)
		return YW_OK;
	memcpy(sig.b, s->data + COSIG_TIME_BYTES, sizeof sig.b);
	cosigned_message(n->text, *time, &msg);
	code = yw_buf_check(&msg, NULL);
	if (code == YW_OK && !yw_verify(&key->key, msg.data, msg.len, &sig))
		code = YW_ESIG;
	yw_buf_release(&msg);
	return code;
}

enum yw_code
yw_note_check_span(const struct yw_note *n, const struct yw_vkey *key, uint64_t *earliest, uint64_t *newest)
{
	enum yw_code found = YW_ENOENT, code;
	uint64_t first = UINT64_MAX, last = 0, t = 0;

	for (size_t i = 0; i < n->n_sigs; i++) {
		const struct yw_note_sig *s = &n->sigs[i];

		if (s->id != key->id || !yw_bytes_equal(s->name, yw_bytes_str(key->name)))
			continue;
		code = check_line(n, s, key, &t);
		if (code != YW_OK)
			return code;
		found = YW_OK;
		first = t < first ? t : first;
		last = t > last ? t : last;
	}
	if (found == YW_OK && key->alg == YW_NOTE_COSIGNATURE) {
		*earliest = first;
		*newest = last;
	}
	return found;
}

enum yw_code
yw_note_check(const struct yw_note *n, const struct yw_vkey *key, uint64_t *time)
{
	uint64_t earliest = 0, newest = 0;
	enum yw_code code = yw_note_check_span(n, key, &earliest, &newest);

	if (code == YW_OK && time != NULL && key->alg == YW_NOTE_COSIGNATURE)
		*time = earliest;
	return code;
}

static enum yw_code
add_line(const struct yw_vkey *v, const void *data, size_t len, struct yw_buf *line, struct yw_error *err)
{
	uint8_t raw[ID_BYTES + COSIG_TIME_BYTES + YW_SIG_BYTES];

	yw_put_be32(raw, v->id);
	memcpy(raw + ID_BYTES, data, len);
	yw_buf_add_str(line, DASH);
	yw_buf_add_str(line, v->name);
	yw_buf_add_byte(line, ' ');
	yw_base64_add(line, raw, ID_BYTES + len);
	yw_buf_add_byte(line, '\n');
	return yw_buf_check(line, err);
}

enum yw_code
yw_note_sign(struct yw_bytes text, const struct yw_vkey *v, const struct yw_seckey *key, struct yw_buf *line,
    struct yw_error *err)
{
	struct yw_sig sig;
	enum yw_code code;

	code = yw_sign(key, text.data, text.len, &sig, err);
	if (code != YW_OK)
		return code;
	return add_line(v, sig.b, sizeof sig.b, line, err);
}

enum yw_code
yw_note_cosign(struct yw_bytes text, const struct yw_vkey *v, const struct yw_seckey *key, uint64_t time_s,
    struct yw_buf *line, struct yw_error *err)
{
	uint8_t raw[COSIG_TIME_BYTES + YW_SIG_BYTES];
	struct yw_buf msg = YW_BUF_INIT;
	struct yw_sig sig;
	enum yw_code code;

	cosigned_message(text, time_s, &msg);
	code = yw_buf_check(&msg, err);
	if (code == YW_OK)
		code = yw_sign(key, msg.data, msg.len, &sig, err);
	yw_buf_release(&msg);
	if (code != YW_OK)
		return code;
	yw_put_be64(raw, time_s);
	memcpy(raw + COSIG_TIME_BYTES, sig.b, sizeof sig.b);
	return add_line(v, raw, sizeof raw, line, err);
}
