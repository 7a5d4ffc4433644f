/*
 * network.c - the network file read and judged (B11, T1).
 *
 *	yiwang-network/v1
 *	name <network>
 *	version <decimal>
 *	previous <base64 SHA-256 of the previous note's text | ->
 *	root <k> <vkey> ...
 *	first <base64 SignedRequest>		any number
 *	consent <64 hex digits>			any number
 *	closing <base64 Closing>		any number
 *	group <name> all|any|<k> <codes...>	any number
 *	quorum <name>|none
 *
 * One space between words, a line feed after each line, nothing else: no empty line, so that a file
 * with one is signed, and a file without one is a draft.
 */
#include "trust/network.h"

#include <stdlib.h>

#include "base/fault.h"
#include "base/text.h"
#include "record/wire.h"
#include "yiwang/v1/trust.pb-c.h"

#define FIRST_LINE "yiwang-network/v1"

static bool
is_code(void *arg, const char *name)
{
	struct yw_jurisdiction j;

	(void)arg;
	return yw_jurisdiction_parse(name, strlen(name), &j) == YW_OK;
}

/* --- Lines -------------------------------------------------------------------------------------- */

static enum yw_code
name_line(struct yw_network *n, struct yw_bytes value, struct yw_error *err)
{
	if (value.len > YW_NETWORK_NAME_MAX)
		return yw_fail(err, YW_ELIMIT, "the network's name has more than %d bytes", YW_NETWORK_NAME_MAX);
	memcpy(n->name, value.data, value.len);
	n->name[value.len] = '\0';
	if (strlen(n->name) != value.len || !yw_network_name_valid(n->name))
		return yw_fail(err, YW_EFORMAT,
		    "the network's name holds something else than a-z, 0-9, dot and hyphen");
	return YW_OK;
}

static enum yw_code
version_line(struct yw_network *n, struct yw_bytes value, struct yw_error *err)
{
	if (yw_decimal_decode((const char *)value.data, value.len, INT64_MAX, &n->version) != YW_OK || n->version == 0)
		return yw_fail(err, YW_EFORMAT, "the version is not a plain decimal number from 1");
	return YW_OK;
}

static enum yw_code
previous_line(struct yw_network *n, struct yw_bytes value, struct yw_error *err)
{
	if (n->version == 1 && yw_bytes_equal(value, YW_BYTES_LIT("-")))
		return YW_OK;
	if (n->version == 1)
		return yw_fail(err, YW_EFORMAT, "version 1 has nothing before it: write 'previous -'");
	if (yw_base64_decode_exact((const char *)value.data, value.len, n->previous.b, sizeof n->previous.b) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "'previous' is not base64 of 32 bytes");
	return YW_OK;
}

/* Takes a word that ends at a space or at the end; false if there is none. */
static bool
next_word(struct yw_bytes *rest, struct yw_bytes *word)
{
	const uint8_t *space = rest->len == 0 ? NULL : memchr(rest->data, ' ', rest->len);

	*word = *rest;
	if (space != NULL) {
		word->len = (size_t)(space - rest->data);
		*rest = (struct yw_bytes) { space + 1, rest->len - word->len - 1 };
	} else {
		*rest = (struct yw_bytes) { NULL, 0 };
	}
	return word->len != 0;
}

static enum yw_code
add_root(struct yw_network *n, struct yw_bytes word, struct yw_error *err)
{
	struct yw_vkey *v = &n->roots[n->n_roots];
	struct yw_vkey want;
	enum yw_code code;

	if (n->n_roots == YW_NETWORK_ROOTS_MAX)
		return yw_fail(err, YW_ELIMIT, "more than %d root keys", YW_NETWORK_ROOTS_MAX);
	code = yw_vkey_parse((const char *)word.data, word.len, v, err);
	if (code == YW_OK)
		code = yw_root_vkey(n->name, &v->key, &want);
	if (code == YW_OK && (v->alg != want.alg || strcmp(v->name, want.name) != 0))
		code = yw_fail(err, YW_EINVAL, "a root key is an Ed25519 key with the name %s, not '%s'",
		    want.name, v->name);
	if (code == YW_OK)
		code = yw_pubkey_check(&v->key, err);
	for (size_t i = 0; code == YW_OK && i < n->n_roots; i++)
		if (yw_pubkey_equal(&n->roots[i].key, &v->key) && !YW_FAULT("root-twice"))
			code = yw_fail(err, YW_EINVAL, "a root key stands twice: thresholds count distinct keys");
	if (code == YW_OK)
		n->n_roots++;
	return code;
}

static enum yw_code
root_line(struct yw_network *n, struct yw_bytes value, struct yw_error *err)
{
	struct yw_bytes k, word;
	uint64_t threshold = 0;
	enum yw_code code;

	if (!next_word(&value, &k) ||
	    yw_decimal_decode((const char *)k.data, k.len, YW_NETWORK_ROOTS_MAX, &threshold) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "'root' lacks the number of keys that must sign");
	do {
		if (!next_word(&value, &word))
			return yw_fail(err, YW_EFORMAT, "'root' lacks a key, or has more than one space between keys");
		code = add_root(n, word, err);
		if (code != YW_OK)
			return code;
	} while (value.data != NULL);
	if (threshold < 1 || threshold > n->n_roots)
		return yw_fail(err, YW_EINVAL, "%llu of %zu root keys cannot be asked to sign",
		    (unsigned long long)threshold, n->n_roots);
	n->k = (unsigned)threshold;
	return YW_OK;
}

/* Decodes into n->decoded, which has room for all of the file and so never moves. */
static enum yw_code
decode_base64(struct yw_network *n, struct yw_bytes value, struct yw_bytes *out, struct yw_error *err)
{
	size_t before = n->decoded.len;

	if (yw_base64_decode((const char *)value.data, value.len, &n->decoded) != YW_OK || n->decoded.len == before)
		return yw_fail(err, YW_EFORMAT, "no base64 of anything");
	*out = (struct yw_bytes) { n->decoded.data + before, n->decoded.len - before };
	return YW_OK;
}

/* Judged when the network's hash is known, at the end. */
static enum yw_code
first_line(struct yw_network *n, struct yw_bytes value, struct yw_error *err)
{
	if (n->n_first == YW_NETWORK_FIRSTS_MAX)
		return yw_fail(err, YW_ELIMIT, "more than %d 'first' lines", YW_NETWORK_FIRSTS_MAX);
	return decode_base64(n, value, &n->first[n->n_first++], err);
}

/* One more in a list of borrowed spans; the same one twice is refused. */
static enum yw_code
append_once(struct yw_bytes **list, size_t *n, struct yw_bytes one, struct yw_error *err)
{
	struct yw_bytes *more;

	for (size_t i = 0; i < *n; i++)
		if (yw_bytes_equal((*list)[i], one))
			return yw_fail(err, YW_EINVAL, "the same line stands twice");
	more = realloc(*list, (*n + 1) * sizeof *more);
	if (more == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a network file");
	more[*n] = one;
	*list = more;
	++*n;
	return YW_OK;
}

static enum yw_code
consent_line(struct yw_network *n, struct yw_bytes value, struct yw_error *err)
{
	uint8_t raw[YW_HASH_BYTES];
	size_t before = n->decoded.len;

	if (yw_hex_decode((const char *)value.data, value.len, raw, sizeof raw) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "'consent' is not 64 lower-case hex digits");
	yw_buf_add(&n->decoded, raw, sizeof raw);
	return append_once(&n->consents, &n->n_consents,
	    (struct yw_bytes) { n->decoded.data + before, sizeof raw }, err);
}

static enum yw_code
closing_line(struct yw_network *n, struct yw_bytes value, struct yw_error *err)
{
	struct yw_bytes closing;
	enum yw_code code;

	code = decode_base64(n, value, &closing, err);
	if (code == YW_OK)
		code = yw_wire_check(&yiwang__v1__closing__descriptor, closing, NULL, err);
	if (code == YW_OK)
		code = append_once(&n->closings, &n->n_closings, closing, err);
	return code;
}

static const struct rule {
	const char *word;
	bool needed, many;
	/* NULL: a policy line */
	enum yw_code (*read)(struct yw_network *n, struct yw_bytes value, struct yw_error *err);
} rules[] = {
	{ "name ", true, false, name_line },
	{ "version ", true, false, version_line },
	{ "previous ", true, false, previous_line },
	{ "root ", true, false, root_line },
	{ "first ", false, true, first_line },
	{ "consent ", false, true, consent_line },
	{ "closing ", false, true, closing_line },
	{ "group ", false, true, NULL },
	{ "quorum ", true, false, NULL },
};
#define N_RULES (sizeof rules / sizeof *rules)

/* Which rule a line falls under, if it may stand here: *at is the first rule that may still come. */
static enum yw_code
choose_rule(struct yw_bytes line, size_t *at, const struct rule **out, struct yw_bytes *value, struct yw_error *err)
{
	size_t i;

	for (i = 0; i < N_RULES && !yw_line_after(line, rules[i].word, value); i++)
		;
	if (i == N_RULES)
		return yw_fail(err, YW_EFORMAT, "starts with no word of a network file");
	if (i < *at)
		return yw_fail(err, YW_EFORMAT, "'%.*s' stands twice or too late",
		    (int)strlen(rules[i].word) - 1, rules[i].word);
	for (; *at < i; ++*at)
		if (rules[*at].needed)
			return yw_fail(err, YW_EFORMAT, "'%.*s' is missing before this line",
			    (int)strlen(rules[*at].word) - 1, rules[*at].word);
	*out = &rules[i];
	*at = rules[i].many ? i : i + 1;
	return YW_OK;
}

static enum yw_code
read_line(struct yw_network *n, struct yw_bytes line, size_t *at, struct yw_error *err)
{
	const struct rule *rule = NULL;
	struct yw_bytes value;
	enum yw_code code;

	code = choose_rule(line, at, &rule, &value, err);
	if (code != YW_OK)
		return code;
	if (rule->read != NULL)
		return rule->read(n, value, err);
	return yw_policy_line(n->policy, (const char *)line.data, line.len, err);
}

static enum yw_code
read_lines(struct yw_network *n, struct yw_bytes text, struct yw_error *err)
{
	struct yw_bytes line;
	enum yw_code code = YW_OK;
	size_t number = 1, at = 0;

	if (!yw_line_next(&text, &line) || !yw_bytes_equal(line, YW_BYTES_LIT(FIRST_LINE)))
		return yw_fail(err, YW_EFORMAT, "line 1: a network file starts with " FIRST_LINE);
	while (code == YW_OK && text.len != 0) {
		number++;
		if (!yw_line_next(&text, &line))
			code = yw_fail(err, YW_EFORMAT, "does not end with a line feed");
		else
			code = read_line(n, line, &at, err);
		if (code != YW_OK)
			yw_fail_context(err, "line %zu", number);
	}
	if (code == YW_OK && at != N_RULES)
		code = yw_fail(err, YW_EFORMAT, "line %zu: the file ends, but a line is missing", number + 1);
	return code;
}

/* --- The whole file ----------------------------------------------------------------------------- */

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* B10: the name, k, and the root keys sorted bytewise, each with its line feed. */
static enum yw_code
hash_network(struct yw_network *n, struct yw_error *err)
{
	struct yw_buf texts[YW_NETWORK_ROOTS_MAX];
	const char *sorted[YW_NETWORK_ROOTS_MAX];
	struct yw_buf all = YW_BUF_INIT;
	enum yw_code code;

	for (size_t i = 0; i < n->n_roots; i++) {
		yw_buf_init(&texts[i]);
		yw_vkey_text(&n->roots[i], &texts[i]);
		sorted[i] = yw_buf_str(&texts[i]);
	}
	qsort(sorted, n->n_roots, sizeof *sorted, compare_texts);
	yw_buf_printf(&all, "%s\n%u\n", n->name, n->k);
	for (size_t i = 0; i < n->n_roots; i++) {
		all.failed |= texts[i].failed;
		yw_buf_printf(&all, "%s\n", sorted[i]);
	}
	code = yw_buf_check(&all, err);
	if (code == YW_OK)
		yw_sha256(all.data, all.len, &n->hash);
	for (size_t i = 0; i < n->n_roots; i++)
		yw_buf_release(&texts[i]);
	yw_buf_release(&all);
	return code;
}

/* Is any key of the set a root key of this file? */
static bool
uses_root(const struct yw_network *n, const struct yw_key_set_public *keys)
{
	const uint8_t *all[] = { keys->entry.b, keys->head.b, keys->cosign.b, keys->session.b };

	for (size_t i = 0; i < n->n_roots; i++)
		for (size_t j = 0; j < 4; j++)
			if (memcmp(n->roots[i].key.b, all[j], YW_PUBKEY_BYTES) == 0)
				return true;
	return false;
}

/* The `first` lines are delegations, one per generation and key set, of one jurisdiction (T1). */
static enum yw_code
judge_firsts(struct yw_network *n, struct yw_error *err)
{
	struct yw_request r, before[YW_NETWORK_FIRSTS_MAX];
	enum yw_code code;

	for (size_t i = 0; i < n->n_first; i++) {
		code = yw_request_read(n->first[i], NULL, &r, NULL, err);
		if (code == YW_OK && !yw_hash_equal(&r.network, &n->hash))
			code = yw_fail(err, YW_EINVAL, "it was made for another network");
		if (code == YW_OK && r.issuer.code[0] != '\0')
			code = yw_fail(err, YW_EINVAL, "it names %s as its issuer, but the first node has none",
			    r.issuer.code);
		if (code == YW_OK && i != 0 && !yw_jurisdiction_equal(&r.code, &n->first_code))
			code = yw_fail(err, YW_EINVAL, "it is of %s, but the first node is %s", r.code.code,
			    n->first_code.code);
		if (code == YW_OK && uses_root(n, &r.keys) && !YW_FAULT("first-is-root"))
			code = yw_fail(err, YW_EINVAL, "it holds a root key: one key, one use");
		for (size_t j = 0; code == YW_OK && j < i; j++)
			if (before[j].generation == r.generation && before[j].key_set == r.key_set)
				code = yw_fail(err, YW_EINVAL,
				    "its generation and key set stand in another one already");
		if (code != YW_OK) {
			yw_fail_context(err, "'first' line %zu", i + 1);
			return code;
		}
		before[i] = r;
		n->first_code = r.code;
	}
	return YW_OK;
}

/* What is signed: all of a draft, of a note what stands before its last empty line. */
static enum yw_code
signed_text(struct yw_bytes data, struct yw_bytes *text, struct yw_error *err)
{
	struct yw_note note;
	enum yw_code code;

	*text = data;
	if (yw_network_is_draft(data))
		return YW_OK;
	code = yw_note_parse(data, &note, err);
	if (code != YW_OK)
		return code;
	*text = note.text;
	yw_note_release(&note);
	return YW_OK;
}

static enum yw_code
parse_into(struct yw_network *n, struct yw_bytes data, const struct yw_hash *network_hash, struct yw_error *err)
{
	struct yw_bytes body, text;
	const uint8_t *gap;
	enum yw_code code;

	code = yw_policy_new(is_code, NULL, &n->policy);
	yw_buf_add(&n->note, data.data, data.len);
	if (code != YW_OK || yw_buf_extend(&n->decoded, data.len) == NULL || yw_buf_check(&n->note, NULL) != YW_OK)
		return yw_fail(err, YW_ENOMEM, "no memory for a network file");
	n->decoded.len = 0;

	/* Lines before the note, whose refusals name no line. */
	gap = data.len > 0 ? memmem(data.data, data.len, "\n\n", 2) : NULL;
	body = (struct yw_bytes) { data.data, gap != NULL ? (size_t)(gap - data.data) + 1 : data.len };
	code = YW_OK;
	if (!yw_utf8_valid(body.data, body.len))	/* whose words then stand in messages */
		code = yw_fail(err, YW_EFORMAT, "its text is not UTF-8");
	if (code == YW_OK)
		code = read_lines(n, body, err);
	if (code == YW_OK)
		code = yw_policy_finish(n->policy, err);
	if (code == YW_OK)
		code = signed_text(data, &text, err);
	if (code == YW_OK && text.len != body.len)
		code = yw_fail(err, YW_EFORMAT, "its text holds an empty line");
	if (code != YW_OK)
		return code;
	yw_sha256(text.data, text.len, &n->text_sha256);
	if (n->version == 1)
		code = hash_network(n, err);
	else if (network_hash == NULL)
		code = yw_fail(err, YW_EINVAL, "version %llu is judged by the versions before it, which are needed too",
		    (unsigned long long)n->version);
	else
		n->hash = *network_hash;
	if (code == YW_OK && network_hash != NULL && !yw_hash_equal(network_hash, &n->hash))
		code = yw_fail(err, YW_EINVAL, "it is the file of another network");
	if (code == YW_OK)
		code = judge_firsts(n, err);
	return code;
}

enum yw_code
yw_network_parse(struct yw_bytes data, const struct yw_hash *network_hash, struct yw_network *out,
    struct yw_error *err)
{
	struct yw_network n = { 0 };
	enum yw_code code;

	if (data.len > YW_NETWORK_FILE_MAX)
		return yw_fail(err, YW_ELIMIT, "a network file has more than %u bytes", YW_NETWORK_FILE_MAX);
	code = parse_into(&n, data, network_hash, err);
	if (code != YW_OK) {
		yw_fail_context(err, "network file");
		yw_network_release(&n);
		return code;
	}
	*out = n;
	return YW_OK;
}

void
yw_network_release(struct yw_network *n)
{
	free(n->consents);
	free(n->closings);
	yw_policy_free(n->policy);
	yw_buf_release(&n->note);
	yw_buf_release(&n->decoded);
	*n = (struct yw_network) { 0 };
}

bool
yw_network_is_draft(struct yw_bytes data)
{
	return data.len == 0 || memmem(data.data, data.len, "\n\n", 2) == NULL;
}

enum yw_code
yw_root_vkey(const char *network, const struct yw_pubkey *pub, struct yw_vkey *out)
{
	char name[YW_NETWORK_NAME_MAX + sizeof "/root"];

	if (!yw_network_name_valid(network))
		return YW_EFORMAT;
	snprintf(name, sizeof name, "%s/root", network);
	return yw_vkey_make(name, YW_NOTE_ED25519, pub, out);
}

/* --- Signatures (T1) ---------------------------------------------------------------------------- */

/* At least k of the root keys of `by` signed n.  A line by one of them that fails refuses the file. */
static enum yw_code
check_threshold(const struct yw_network *by, const struct yw_note *note, struct yw_error *err)
{
	unsigned good = 0;
	enum yw_code code;

	for (size_t i = 0; i < by->n_roots; i++) {
		code = yw_note_check(note, &by->roots[i], NULL);
		if (code == YW_ESIG)
			return yw_fail(err, code,
			    "the network file holds a signature by root key %08x that does not verify",
			    (unsigned)by->roots[i].id);
		if (code != YW_OK && code != YW_ENOENT)
			return yw_fail(err, code, "no memory for a network file");
		good += code == YW_OK;
	}
	if (good < by->k && !YW_FAULT("root-threshold"))
		return yw_fail(err, YW_ESIG,
		    "%u of the %zu root keys of version %llu signed the network file; %u more must sign",
		    good, by->n_roots, (unsigned long long)by->version, by->k - good);
	return YW_OK;
}

/* By the root keys of each file in `by`. */
static enum yw_code
check_signatures(const struct yw_network *n, const struct yw_network *const *by, size_t n_by, struct yw_error *err)
{
	struct yw_note note;
	enum yw_code code;

	if (yw_network_is_draft(yw_buf_bytes(&n->note)))
		return yw_fail(err, YW_ESIG, "the network file is a draft: no root key has signed it");
	code = yw_note_parse(yw_buf_bytes(&n->note), &note, err);
	if (code != YW_OK)
		return code;
	for (size_t i = 0; code == YW_OK && i < n_by; i++)
		code = check_threshold(by[i], &note, err);
	yw_note_release(&note);
	return code;
}

enum yw_code
yw_network_verify(const struct yw_network *n, struct yw_error *err)
{
	if (n->version != 1)
		return yw_fail(err, YW_EINVAL, "version %llu of the network file is judged by the version before it",
		    (unsigned long long)n->version);
	if (n->n_first == 0)
		return yw_fail(err, YW_EINVAL, "the network file names no first node");
	return check_signatures(n, &n, 1, err);
}

enum yw_code
yw_network_follows(const struct yw_network *prev, const struct yw_network *n, struct yw_error *err)
{
	const struct yw_network *by[] = { prev, n };

	if (n->version != prev->version + 1 && !YW_FAULT("version-order"))
		return yw_fail(err, YW_EINVAL, "version %llu of the network file does not follow version %llu",
		    (unsigned long long)n->version, (unsigned long long)prev->version);
	if (strcmp(n->name, prev->name) != 0 || !yw_hash_equal(&n->hash, &prev->hash))
		return yw_fail(err, YW_EINVAL, "the network file is of another network");
	if (!yw_hash_equal(&n->previous, &prev->text_sha256) && !YW_FAULT("version-previous"))
		return yw_fail(err, YW_EINVAL, "version %llu of the network file follows another version %llu",
		    (unsigned long long)n->version, (unsigned long long)prev->version);
	if (YW_FAULT("old-roots-silent"))
		return check_signatures(n, by + 1, 1, err);
	return check_signatures(n, by, YW_FAULT("new-roots-silent") ? 1 : 2, err);
}
