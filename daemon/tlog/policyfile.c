/*
 * policyfile.c - a whole C2SP tlog-policy file: logs, witnesses, and the policy over them.
 *
 * Looser in its blanks than the lines of a network file: runs of spaces and tabs, empty lines and
 * comments are allowed.  What is left of a line is one form, and goes to policy.c as such.
 */
#include "tlog/policy.h"

#include <stdlib.h>

#include "base/text.h"

static bool
is_witness(void *arg, const char *name)
{
	const struct yw_policy_file *f = arg;

	for (size_t i = 0; i < f->n_witnesses; i++)
		if (strcmp(f->witnesses[i].name, name) == 0)
			return true;
	return false;
}

/* A line's words with one space between them; nothing for an empty line or a comment. */
static enum yw_code
squeeze(struct yw_bytes line, struct yw_buf *out, struct yw_error *err)
{
	bool blank = false;

	yw_buf_clear(out);
	for (size_t i = 0; i < line.len; i++) {
		uint8_t c = line.data[i];

		if (c == ' ' || c == '\t') {
			blank = out->len != 0;
			continue;
		}
		if (c < 0x20 || c == 0x7f)
			return yw_fail(err, YW_EFORMAT, "a control character");
		if (blank)
			yw_buf_add_byte(out, ' ');
		blank = false;
		yw_buf_add_byte(out, c);
	}
	if (out->len != 0 && out->data[0] == '#')
		yw_buf_clear(out);
	return yw_buf_check(out, err);
}

/* Splits "<key> [url]"; the url is for whoever talks to it, and nobody here does. */
static enum yw_code
read_key(struct yw_bytes rest, uint8_t alg, struct yw_vkey *out, struct yw_error *err)
{
	const uint8_t *space = rest.len == 0 ? NULL : memchr(rest.data, ' ', rest.len);
	size_t len = space != NULL ? (size_t)(space - rest.data) : rest.len;
	enum yw_code code;

	if (space != NULL && memchr(space + 1, ' ', rest.len - len - 1) != NULL)
		return yw_fail(err, YW_EFORMAT, "more words than a key and an address");
	code = yw_vkey_parse((const char *)rest.data, len, out, err);
	if (code == YW_OK && out->alg != alg)
		code = yw_fail(err, YW_EINVAL, "key '%s' is not of the kind that signs here", out->name);
	return code;
}

static enum yw_code
log_line(struct yw_policy_file *f, struct yw_bytes rest, struct yw_error *err)
{
	struct yw_vkey key, *more;
	enum yw_code code;

	code = read_key(rest, YW_NOTE_ED25519, &key, err);
	if (code != YW_OK)
		return code;
	for (size_t i = 0; i < f->n_logs; i++)
		if (yw_pubkey_equal(&f->logs[i].key, &key.key))
			return yw_fail(err, YW_EINVAL, "log '%s' has a key that stood before", key.name);
	if (f->n_logs == YW_POLICY_MEMBERS_MAX)
		return yw_fail(err, YW_ELIMIT, "more than %d logs", YW_POLICY_MEMBERS_MAX);
	more = realloc(f->logs, (f->n_logs + 1) * sizeof *more);
	if (more == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a policy");
	f->logs = more;
	f->logs[f->n_logs++] = key;
	return YW_OK;
}

/* A witness and a group may not share a name. */
static enum yw_code
check_witness(const struct yw_policy_file *f, const struct yw_policy_witness *w, struct yw_error *err)
{
	if (strcmp(w->name, "none") == 0)
		return yw_fail(err, YW_EINVAL, "'none' cannot be the name of a witness");
	if (yw_policy_has_group(f->policy, w->name))
		return yw_fail(err, YW_EINVAL, "'%s' is a group already", w->name);
	for (size_t i = 0; i < f->n_witnesses; i++) {
		if (strcmp(f->witnesses[i].name, w->name) == 0)
			return yw_fail(err, YW_EINVAL, "witness '%s' stood before", w->name);
		if (yw_pubkey_equal(&f->witnesses[i].key.key, &w->key.key))
			return yw_fail(err, YW_EINVAL, "witness '%s' has a key that stood before", w->name);
	}
	if (f->n_witnesses == YW_POLICY_MEMBERS_MAX)
		return yw_fail(err, YW_ELIMIT, "more than %d witnesses", YW_POLICY_MEMBERS_MAX);
	return YW_OK;
}

static enum yw_code
witness_line(struct yw_policy_file *f, struct yw_bytes rest, struct yw_error *err)
{
	const uint8_t *space = rest.len == 0 ? NULL : memchr(rest.data, ' ', rest.len);
	struct yw_policy_witness w, *more;
	enum yw_code code;
	size_t len;

	if (space == NULL)
		return yw_fail(err, YW_EFORMAT, "a witness needs a name and a key");
	len = (size_t)(space - rest.data);
	if (len > YW_KEYNAME_MAX)
		return yw_fail(err, YW_ELIMIT, "the name of a witness has more than %d bytes", YW_KEYNAME_MAX);
	memcpy(w.name, rest.data, len);
	w.name[len] = '\0';
	code = read_key((struct yw_bytes) { space + 1, rest.len - len - 1 }, YW_NOTE_COSIGNATURE, &w.key, err);
	if (code == YW_OK)
		code = check_witness(f, &w, err);
	if (code != YW_OK)
		return code;
	more = realloc(f->witnesses, (f->n_witnesses + 1) * sizeof *more);
	if (more == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a policy");
	f->witnesses = more;
	f->witnesses[f->n_witnesses++] = w;
	return YW_OK;
}

static enum yw_code
one_line(struct yw_policy_file *f, struct yw_bytes line, struct yw_error *err)
{
	struct yw_bytes rest;

	if (line.len == 0)
		return YW_OK;
	if (yw_line_after(line, "log ", &rest))
		return log_line(f, rest, err);
	if (yw_line_after(line, "witness ", &rest))
		return witness_line(f, rest, err);
	return yw_policy_line(f->policy, (const char *)line.data, line.len, err);
}

static enum yw_code
all_lines(struct yw_policy_file *f, struct yw_bytes text, struct yw_error *err)
{
	struct yw_buf words = YW_BUF_INIT;
	struct yw_bytes line;
	enum yw_code code = YW_OK;
	size_t number = 0;

	while (code == YW_OK && text.len != 0) {
		number++;
		if (!yw_line_next(&text, &line))
			code = yw_fail(err, YW_EFORMAT, "no line feed at the end");
		if (code == YW_OK)
			code = squeeze(line, &words, err);
		if (code == YW_OK)
			code = one_line(f, yw_buf_bytes(&words), err);
		if (code != YW_OK)
			yw_fail_context(err, "policy line %zu", number);
	}
	yw_buf_release(&words);
	return code;
}

enum yw_code
yw_policy_file_parse(struct yw_bytes text, struct yw_policy_file *out, struct yw_error *err)
{
	struct yw_policy_file f = { 0 };
	enum yw_code code;

	if (text.len > YW_POLICY_FILE_MAX)
		return yw_fail(err, YW_ELIMIT, "a policy file has more than %u bytes", YW_POLICY_FILE_MAX);
	code = yw_policy_new(is_witness, &f, &f.policy);
	if (code != YW_OK)
		return yw_fail(err, code, "no memory for a policy");
	code = all_lines(&f, text, err);
	if (code == YW_OK)
		code = yw_policy_finish(f.policy, err);
	if (code != YW_OK) {
		yw_policy_file_release(&f);
		return code;
	}
	*out = f;
	return YW_OK;
}

void
yw_policy_file_release(struct yw_policy_file *f)
{
	free(f->logs);
	free(f->witnesses);
	yw_policy_free(f->policy);
	*f = (struct yw_policy_file) { 0 };
}
