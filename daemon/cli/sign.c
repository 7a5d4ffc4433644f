/*
 * sign.c - `yiwang sign`: records signed by a registrar's key on a machine without the daemon (T13).
 *
 * What it writes goes to the owner's node, which checks and logs it as it is.  Here nobody knows what is registered, so
 * only what the records themselves say is checked.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/rootkey.h"
#include "record/sharing.h"
#include "record/signed.h"
#include "service/prepare.h"

struct sign_call {
	struct yw_call call;
	const char *key, *out, *cls;
	uint64_t generation;
};

static const struct yw_option options[] = {
	{ "key", 0, YW_OPTION_TEXT, offsetof(struct sign_call, key), "FILE", N_("the registrar's key") },
	{ "generation", 0, YW_OPTION_NUMBER, offsetof(struct sign_call, generation), "N",
	    N_("of the log that it is for (1)") },
	{ "class", 0, YW_OPTION_TEXT, offsetof(struct sign_call, cls), "CLASS",
	    N_("who may see it: unconditional, open, not_shared, or 'conditional CODE...'") },
	{ "out", 'o', YW_OPTION_TEXT, offsetof(struct sign_call, out), "FILE",
	    N_("where to write it (the standard output)") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

struct batch {			/* what one entry will hold */
	struct yw_buf bodies[YW_ITEMS_MAX];
	struct yw_bytes spans[YW_ITEMS_MAX];
	size_t n;
	struct yw_audience audience;
	struct yw_jurisdiction *codes;
};

static void
release(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		yw_buf_release(&b->bodies[i]);
	free(b->codes);
	free(b);
}

/* The first record says for whom the entry is, and the others must agree. */
static enum yw_code
take_audience(struct batch *b, const json_t *in, struct yw_error *err)
{
	struct yw_jurisdiction *codes;
	struct yw_audience a;
	enum yw_code code = yw_prepare_audience(in, NULL, &a, &codes, err);

	if (code == YW_OK && b->n != 0 && !yw_audience_equal(&a, &b->audience))
		code = yw_fail(err, YW_EINVAL, "its class, openness or audience is another than that of the records before it: sign "
		    "it by itself");
	if (code != YW_OK || b->n != 0) {
		free(codes);
		return code;
	}
	b->audience = a;
	b->codes = codes;
	return YW_OK;
}

static enum yw_code
take_record(struct batch *b, const json_t *in, const struct yw_jurisdiction *whose, struct yw_error *err)
{
	struct yw_validation by = { NULL, yw_utc_ms(&yw_clock_real), &b->audience, whose, true };
	json_t *record = json_object_get(in, "record");
	struct yw_prepared p;
	enum yw_code code;

	if (!json_is_object(record))
		return yw_fail(err, YW_EINVAL, "there is no \"record\": write it as 'yiwang get --json' prints one");
	code = yw_prepare_take(record, true, &p, err);
	if (code == YW_OK && strncmp(p.id, whose->code, YW_CODE_DIGITS) != 0)
		code = yw_fail(err, YW_EINVAL, "'%s' is no record of %s, whose registrar this key is", p.id, whose->code);
	if (code == YW_OK)
		code = take_audience(b, in, err);
	if (code == YW_OK)
		code = yw_prepare_finish(record, &p, &by, &b->bodies[b->n], NULL, err);
	b->spans[b->n] = yw_buf_bytes(&b->bodies[b->n]);
	b->n++;
	return code;
}

static enum yw_code
take_file(struct batch *b, const char *path, const char *cls, const struct yw_jurisdiction *whose, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	json_t *in = NULL;
	enum yw_code code;

	code = yw_file_read_input(strcmp(path, "-") == 0 ? "/dev/stdin" : path, YW_JSON_BYTES_MAX, &text, err);
	if (code == YW_OK) {
		code = yw_json_parse(yw_utf8_unmarked(yw_buf_bytes(&text)), &in, err);
		if (code == YW_OK && json_is_object(in))
			code = yw_class_over(cls, in, err);
		if (code == YW_OK)
			code = take_record(b, in, whose, err);
		if (code != YW_OK)
			yw_fail_context(err, "'%s'", path);
	}
	json_decref(in);
	yw_buf_release(&text);
	return code;
}

static enum yw_code
sign(const struct sign_call *c, struct batch *b, const struct yw_rootkey *key, struct yw_origin *origin,
    struct yw_buf *out, struct yw_error *err)
{
	struct yw_entry_draft draft = { .origin = origin->text, .signed_at_ms = yw_utc_ms(&yw_clock_real) };
	char network[YW_NETWORK_NAME_MAX + 1];
	struct yw_jurisdiction whose;
	enum yw_code code = YW_OK;

	if (!yw_registrar_name(key->pub.name, network, &whose))
		return yw_fail(err, YW_EINVAL, "the key in '%s' is '%s', no registrar's", c->key, key->pub.name);
	if (yw_origin_make(network, &whose, c->generation != 0 ? (uint32_t)c->generation : 1, origin) != YW_OK)
		return yw_fail(err, YW_EINVAL, "no log can have that name");
	for (size_t i = 0; code == YW_OK && i < c->call.n_operands; i++)
		code = take_file(b, c->call.operands[i], c->cls, &whose, err);
	draft.audience = b->audience;
	return code == YW_OK ? yw_signed_make(&draft, b->spans, b->n, &key->sec, &key->pub.key, out, err) : code;
}

static enum yw_exit
run(struct yw_call *call)
{
	const struct sign_call *c = (const struct sign_call *)call;
	struct batch *b = calloc(1, sizeof *b);
	struct yw_buf file = YW_BUF_INIT;
	struct yw_origin origin;
	struct yw_rootkey key;
	struct yw_error err;
	enum yw_exit status;
	enum yw_code code;

	if (c->key == NULL || c->generation > UINT32_MAX) {
		free(b);
		return yw_misused(call->command, _("something is missing: %s"), "--key FILE");
	}
	code = b != NULL ? yw_rootkey_read(c->key, &key, &err) : yw_fail(&err, YW_ENOMEM, "no memory for records");
	if (code == YW_OK) {
		code = sign(c, b, &key, &origin, &file, &err);
		yw_wipe(&key, sizeof key);
	}
	status = code == YW_OK ? yw_put_file(c->out, yw_buf_bytes(&file)) : yw_failed(&err);
	if (status == YW_EXIT_DONE)
		yw_say(_("signed for '%s', records in it: %zu; at its node: yiwang put --signed FILE"), origin.text, b->n);
	yw_buf_release(&file);
	if (b != NULL)
		release(b);
	return status;
}

const struct yw_command yw_cmd_sign = {
	.name = "sign",
	.operands = "RECORD... --key FILE",
	.summary = N_("Signs records with a registrar's key, on a machine without a daemon."),
	.details = N_("Each RECORD is a file as 'yiwang get --json' prints one, with \"class\" beside \"record\", or --class. Its \"revision\" is\n"
	    "the one that was read; a new record has none. With \"operation\":\"withdraw\" it is withdrawn. All of them\n"
	    "become one entry, and so have one class and audience."),
	.min = 1, .max = YW_ITEMS_MAX,
	.options = options,
	.size = sizeof(struct sign_call),
	.run = run,
};
