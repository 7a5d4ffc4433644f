/*
 * config.c - the table of keys, and one check per type of value.
 */
#include "service/config.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/yaml.h"
#include "record/sharing.h"

enum type { CODE, PATH, WORD, ADDRESSES, CHOICE, DURATION, SIZE, CLASSES };

struct unit {
	const char *suffix;
	uint64_t factor;
};

static const struct unit durations[] = { { "ms", 1 }, { "s", 1000 }, { "min", 60000 },
	{ "h", 3600000 }, { "d", 86400000 }, { NULL, 0 } };
static const struct unit sizes[] = { { "KiB", 1u << 10 }, { "MiB", 1u << 20 }, { "GiB", 1u << 30 },
	{ "TiB", UINT64_C(1) << 40 }, { NULL, 0 } };
static const struct unit days[] = { { "", 1 }, { NULL, 0 } };
static const struct unit append_choices[] = { { "never", 0 }, { "allow", 1 }, { NULL, 0 } };
static const struct unit levels[] = { { "error", YW_LOG_ERROR }, { "warn", YW_LOG_WARN },
	{ "info", YW_LOG_INFO }, { "debug", YW_LOG_DEBUG }, { NULL, 0 } };

struct row {
	const char *key;
	enum type type;
	size_t offset;
	const char *fallback;		/* used when the key is absent; NULL = must be given */
	const struct unit *units;	/* of a choice, duration or size */
	uint64_t min, max;		/* of a duration or size; bytes of a path or word */
	const char *allowed;		/* in words, for messages and the example */
	const char *help;
};

#define AT(field) offsetof(struct yw_config, field)
#define A_PATH "an absolute path of at most 1023 bytes"
#define SOME_SIZE(lo, hi) "a whole number with KiB, MiB, GiB or TiB, " lo " to " hi

static const struct row rows[] = {
	{ "code", CODE, AT(code), NULL, NULL, 0, 0, "six digits, the first not 0",
	    "the division code of this node" },
	{ "data_dir", PATH, AT(data_dir), "/var/lib/yiwang", NULL, 1, YW_CONFIG_PATH_MAX, A_PATH,
	    "where the logs, the records and the guard live" },
	{ "network_file", PATH, AT(network_file), "/etc/yiwang/network", NULL, 1,
	    YW_CONFIG_PATH_MAX, A_PATH, "the signed network file" },
	{ "keys_dir", PATH, AT(keys_dir), "/etc/yiwang/keys", NULL, 1, YW_CONFIG_PATH_MAX, A_PATH,
	    "the secret keys; readable by the daemon only" },
	{ "mappings_dir", PATH, AT(mappings_dir), "/etc/yiwang/mappings", NULL, 1,
	    YW_CONFIG_PATH_MAX, A_PATH, "the mapping files of imports" },
	{ "divisions_file", PATH, AT(divisions_file), "/etc/yiwang/divisions.csv", NULL, 1, YW_CONFIG_PATH_MAX,
	    A_PATH, "the table of division codes" },
	{ "control_socket", PATH, AT(control_socket), "/run/yiwang/control", NULL, 1,
	    YW_CONFIG_SOCKET_MAX, "an absolute path of at most 107 bytes",
	    "the socket on which the command reaches the daemon" },
	{ "control_group", WORD, AT(control_group), "''", NULL, 0, YW_CONFIG_GROUP_MAX,
	    "at most 32 of a-z 0-9 _ -, or empty",
	    "who may use the socket; empty = the group yiwang if there is one, else the daemon's own" },
	{ "listen", ADDRESSES, AT(listen), "[]", NULL, 1, 0,
	    "a list of at most 16 tcp://host:port, * for every interface",
	    "where children connect; empty = nowhere" },
	{ "upstreams", ADDRESSES, AT(upstreams), "[]", NULL, 0, 0,
	    "a list of at most 16 tcp://host:port", "nodes this one connects to; several are tried together" },
	{ "append_without_peer", CHOICE, AT(append_without_peer), "allow", append_choices, 0, 0,
	    "allow or never", "whether to append, with an alarm, when no peer could say that the disk is no old copy" },
	{ "peer_wait", DURATION, AT(peer_wait_ms), "10min", durations, 0, 86400000,
	    "0, or a whole number with ms, s, min, h or d, at most 1d",
	    "how long to wait for such a peer before append_without_peer decides, 0 = not at all" },
	{ "beat_every", DURATION, AT(beat_every_ms), "10s", durations, 10000, 3600000,
	    "a whole number with ms, s, min, h or d, 10s to 1h", "how often a growing log gives a beat" },
	{ "erase_within", DURATION, AT(erase_within_ms), "1d", durations, 0, UINT64_C(30) * 86400000,
	    "0, or a whole number with ms, s, min, h or d, at most 30d",
	    "how soon the bytes of what is erased leave the disk, 0 = at once" },
	{ "backup_keep_days", DURATION, AT(backup_keep_days), "90", days, 1, 3650, "a whole number of days, 1 to 3650",
	    "backups that 'yiwang backup' made are removed after so many days, and with them what was erased since" },
	{ "correction_days", DURATION, AT(correction_days), "10", days, 1, 365, "a whole number of days, 1 to 365",
	    "working days to answer a correction request in, Monday to Friday, from the day after it; one number for a whole network" },
	{ "disk_reserve", SIZE, AT(disk_reserve_bytes), "1GiB", sizes, 1u << 20,
	    UINT64_C(1) << 40, SOME_SIZE("1MiB", "1TiB"), "writing stops when less than this is free" },
	{ "cache", SIZE, AT(cache_bytes), "8MiB", sizes, 1u << 20, UINT64_C(1) << 40,
	    SOME_SIZE("1MiB", "1TiB"), "memory for blocks read from disk" },
	{ "write_buffer", SIZE, AT(write_buffer_bytes), "16MiB", sizes, 1u << 20,
	    UINT64_C(1) << 30, SOME_SIZE("1MiB", "1GiB"), "memory for what is not yet in sorted files" },
	{ "default_class", CLASSES, AT(default_class), "unconditional", NULL, 0, 0,
	    "for each kind of record " YW_SHARING_FORMS,
	    "who may see a record of a kind when neither the record nor the mapping says so; a kind left out must say" },
	{ "log_level", CHOICE, AT(log_level), "info", levels, 0, 0, "error, warn, info or debug",
	    "the least important lines that are still written" },
};
#define N_ROWS (sizeof rows / sizeof *rows)
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool
set_choice(const struct row *row, const char *text, uint64_t *out)
{
	const struct unit *u;

	for (u = row->units; u->suffix; u++)
		if (strcmp(u->suffix, text) == 0) {
			*out = u->factor;
			return true;
		}
	return false;
}

static bool
set_quantity(const struct row *row, const char *text, uint64_t *out)
{
	size_t digits = strspn(text, DIGITS);
	const struct unit *u;
	uint64_t v;

	if (strcmp(text, "0") == 0) {	/* the one number that needs no unit */
		*out = 0;
		return row->min == 0;
	}
	for (u = row->units; u->suffix && strcmp(u->suffix, text + digits) != 0; u++)
		;
	if (!u->suffix || yw_decimal_decode(text, digits, row->max / u->factor, &v) != YW_OK)
		return false;
	if (v * u->factor < row->min)
		return false;
	*out = v * u->factor;
	return true;
}

static bool
is_address(const char *url, bool any_interface)
{
	const char *host, *colon;
	uint64_t port;
	size_t len;

	if (strncmp(url, "tcp://", 6) != 0 || strlen(url) > YW_CONFIG_ADDRESS_MAX)
		return false;
	host = url + 6;
	colon = strrchr(url, ':');
	if (colon < host)
		return false;
	len = (size_t)(colon - host);
	if (yw_decimal_decode(colon + 1, strlen(colon + 1), 65535, &port) != YW_OK || port == 0 || len == 0)
		return false;
	if (len == 1 && *host == '*')
		return any_interface;
	if (*host == '[')
		return len > 2 && host[len - 1] == ']' && strspn(host + 1, DIGITS "abcdefABCDEF:.") == len - 2;
	return strspn(host, DIGITS LOWER UPPER ".-") == len;
}

static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static bool
set_scalar(const struct row *row, const char *text, void *at)
{
	size_t len = strlen(text);

	switch (row->type) {
	case CODE:
		if (len != 6 || strspn(text, DIGITS) != 6 || *text == '0')
			return false;
		break;
	case PATH:
		if (*text != '/' || len > row->max || has_control(text))
			return false;
		break;
	case WORD:
		if (len > row->max || strspn(text, LOWER DIGITS "_-") != len)
			return false;
		break;
	case CHOICE:
		return set_choice(row, text, at);
	case DURATION:
	case SIZE:
		return set_quantity(row, text, at);
	case ADDRESSES:
	case CLASSES:
		return false;
	}
	memcpy(at, text, len + 1);
	return true;
}

static enum yw_code
refuse(const char *name, const struct yw_yaml_node *n, const struct row *row, struct yw_error *err)
{
	if (n->kind != YW_YAML_SCALAR)
		return yw_fail(err, YW_EINVAL, "%.80s:%u: %s: not the right type, allowed: %s", name, n->line,
		    row->key, row->allowed);
	return yw_fail(err, YW_EINVAL, "%.80s:%u: %s: '%.40s' is not allowed, allowed: %s", name, n->line,
	    row->key, n->text, row->allowed);
}

/* V5 says who sees a correction. */
static bool
has_choice(enum yw_kind kind)
{
	return kind != YW_KIND_NONE && kind != YW_KIND_CORRECTION_REQUEST && kind != YW_KIND_CORRECTION_ANSWER;
}

static void
set_every_class(struct yw_config *out, const char *text)
{
	for (enum yw_kind kind = 1; kind < YW_KINDS_END; kind++)
		if (has_choice(kind))
			snprintf(out->default_class[kind], sizeof out->default_class[kind], "%s", text);
}

static enum yw_code
set_classes(const char *name, const struct row *row, const struct yw_yaml_node *n, struct yw_config *out, struct yw_error *err)
{
	const struct yw_yaml_node *child;
	struct yw_jurisdiction *codes;
	struct yw_audience who;
	struct yw_error why;
	enum yw_code code;

	if (n->kind != YW_YAML_MAP)
		return refuse(name, n, row, err);
	for (child = n->first; child; child = child->next) {
		enum yw_kind kind = yw_kind_parse(child->key, strlen(child->key));

		if (!has_choice(kind))
			return yw_fail(err, YW_EINVAL, "%.80s:%u: %s: there is no kind '%.40s', or its audience is not chosen", name, child->line,
			    row->key, child->key);
		if (child->kind != YW_YAML_SCALAR || strlen(child->text) > YW_CONFIG_SHARING_MAX)
			return refuse(name, child, row, err);
		code = yw_sharing_parse(child->text, &who, &codes, &why);
		free(codes);
		if (code != YW_OK)
			return yw_fail(err, YW_EINVAL, "%.80s:%u: %s: %s: %s", name, child->line, row->key, child->key, why.msg);
		memcpy(out->default_class[kind], child->text, strlen(child->text) + 1);
	}
	return YW_OK;
}

static enum yw_code
set_row(const char *name, const struct row *row, const struct yw_yaml_node *n, struct yw_config *out,
    struct yw_error *err)
{
	struct yw_config_addresses *list = (void *)((char *)out + row->offset);
	const struct yw_yaml_node *child;

	if (row->type == CLASSES)
		return set_classes(name, row, n, out, err);
	if (row->type != ADDRESSES) {
		if (n->kind != YW_YAML_SCALAR || !set_scalar(row, n->text, (char *)out + row->offset))
			return refuse(name, n, row, err);
		return YW_OK;
	}
	if (n->kind != YW_YAML_LIST || n->count > YW_CONFIG_ADDRESSES_MAX)
		return yw_fail(err, YW_EINVAL, "%.80s:%u: %s: allowed: %s", name, n->line, row->key, row->allowed);
	for (child = n->first; child; child = child->next) {
		if (child->kind != YW_YAML_SCALAR || !is_address(child->text, row->min != 0))
			return refuse(name, child, row, err);
		memcpy(list->url[list->n++], child->text, strlen(child->text) + 1);
	}
	return YW_OK;
}

static enum yw_code
unknown_keys(const char *name, const struct yw_yaml_node *root, struct yw_error *err)
{
	const struct yw_yaml_node *n;
	size_t i;

	if (root->kind != YW_YAML_MAP)
		return yw_fail(err, YW_EINVAL, "%.80s:%u: allowed: lines of the form 'key: value'", name,
		    root->line);
	for (n = root->first; n; n = n->next) {
		for (i = 0; i < N_ROWS && strcmp(rows[i].key, n->key) != 0; i++)
			;
		if (i == N_ROWS)
			return yw_fail(err, YW_EINVAL, "%.80s:%u: there is no key '%.40s'", name, n->line, n->key);
	}
	return YW_OK;
}

enum yw_code
yw_config_parse(const char *name, const void *text, size_t len, struct yw_config *out,
    struct yw_error *err)
{
	struct yw_yaml_node *root = NULL;
	struct yw_config c = { 0 };
	enum yw_code code = yw_yaml_parse(name, text, len, &root, err);
	size_t i;

	if (code == YW_OK)
		code = unknown_keys(name, root, err);
	for (i = 0; i < N_ROWS && code == YW_OK; i++) {
		const struct yw_yaml_node *n = yw_yaml_get(root, rows[i].key);
		const char *fallback = rows[i].fallback;

		if (n)
			code = set_row(name, &rows[i], n, &c, err);
		else if (!fallback)
			code = yw_fail(err, YW_EINVAL, "%.80s:1: %s: is missing, allowed: %s", name, rows[i].key,
			    rows[i].allowed);
		else if (rows[i].type == CLASSES)
			set_every_class(&c, fallback);
		else if (*fallback != '\'' && *fallback != '[')
			set_scalar(&rows[i], fallback, (char *)&c + rows[i].offset);
	}
	yw_yaml_free(root);
	if (code == YW_OK)
		*out = c;
	return code;
}

enum yw_code
yw_config_read(const char *path, struct yw_config *out, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	enum yw_code code = yw_file_read(path, YW_YAML_BYTES_MAX, &text, err);

	if (code == YW_OK)
		code = yw_config_parse(path, text.data, text.len, out, err);
	yw_buf_release(&text);
	return code;
}

/* --- writing --- */

/* A scalar that reads back as it is: plain where no YAML sign can hide in it. */
static void
add_text(struct yw_buf *out, const char *text)
{
	if (*text != '\0' && *text != '-' && strspn(text, DIGITS LOWER UPPER "/._-") == strlen(text)) {
		yw_buf_printf(out, " %s", text);
		return;
	}
	yw_buf_add_str(out, " '");
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			yw_buf_add_byte(out, '\'');
		yw_buf_add_byte(out, (uint8_t)*text);
	}
	yw_buf_add_byte(out, '\'');
}

/* With the largest unit that leaves a whole number. */
static void
add_quantity(struct yw_buf *out, const struct row *row, uint64_t v)
{
	const struct unit *u, *best = row->units;

	if (v == 0) {
		yw_buf_add_str(out, " 0");
		return;
	}
	for (u = row->units; u->suffix; u++)
		if (v % u->factor == 0)
			best = u;
	yw_buf_printf(out, " %llu%s", (unsigned long long)(v / best->factor), best->suffix);
}

static void
add_addresses(struct yw_buf *out, const struct yw_config_addresses *list)
{
	yw_buf_add_str(out, list->n == 0 ? " []" : "");
	for (size_t i = 0; i < list->n; i++)
		yw_buf_printf(out, "\n  - '%s'", list->url[i]);	/* an address holds no quote */
}

static void
add_classes(struct yw_buf *out, const struct yw_config *c)
{
	size_t before = out->len;

	for (unsigned kind = 1; kind < YW_KINDS_END; kind++)
		if (c->default_class[kind][0] != '\0')
			yw_buf_printf(out, "\n  %s: %s", yw_kind_name(kind), c->default_class[kind]);
	if (out->len == before)
		yw_buf_add_str(out, " {}");
}

static void
add_value(struct yw_buf *out, const struct row *row, const struct yw_config *c)
{
	const void *at = (const char *)c + row->offset;
	const struct unit *u;

	switch (row->type) {
	case CODE:
	case PATH:
	case WORD:
		add_text(out, at);
		return;
	case ADDRESSES:
		add_addresses(out, at);
		return;
	case CLASSES:
		add_classes(out, c);
		return;
	case CHOICE:
		for (u = row->units; u->suffix; u++)
			if (u->factor == *(const uint64_t *)at)
				yw_buf_printf(out, " %s", u->suffix);
		return;
	case DURATION:
	case SIZE:
		add_quantity(out, row, *(const uint64_t *)at);
		return;
	}
}

static void
add_row(struct yw_buf *out, const struct row *row)
{
	yw_buf_printf(out, "\n# %s\n# (%s%s)\n%s:", row->help, row->allowed, row->fallback ? "" : "; must be given",
	    row->key);
}

void
yw_config_text(const struct yw_config *c, struct yw_buf *out)
{
	yw_buf_add_str(out, "# yiwang.yaml: one node of the network.\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		add_row(out, &rows[i]);
		add_value(out, &rows[i], c);
		yw_buf_add_byte(out, '\n');
	}
}

