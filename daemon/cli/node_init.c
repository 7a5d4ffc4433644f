/*
 * node_init.c - `yiwang node init`: keys, configuration and join request of a new node.
 *
 * Everything that can be refused is refused before the first file is made; nothing is ever overwritten.
 * The configuration comes last, so that a node with one is whole.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/netfile.h"
#include "record/division.h"
#include "service/home.h"

struct init_call {
	struct yw_call call;
	const char *dir, *code, *network, *issuer;
	struct yw_words listen, upstreams;
	uint64_t generation;
};

static const struct yw_option options[] = {
	{ "code", 0, YW_OPTION_TEXT, offsetof(struct init_call, code), "CODE", N_("the division code of the node") },
	{ "network", 0, YW_OPTION_TEXT, offsetof(struct init_call, network), "FILE",
	    N_("the signed network file; for the first node, its draft") },
	{ "dir", 0, YW_OPTION_TEXT, offsetof(struct init_call, dir), "DIR",
	    N_("keep everything in this directory, instead of /etc/yiwang, /var/lib/yiwang and /run/yiwang") },
	{ "issuer", 0, YW_OPTION_TEXT, offsetof(struct init_call, issuer), "CODE",
	    N_("the node that is to admit this one (the code above)") },
	{ "generation", 0, YW_OPTION_NUMBER, offsetof(struct init_call, generation), "N",
	    N_("of its log, where the machine of the one before is lost with its keys (1)") },
	{ "listen", 0, YW_OPTION_LIST, offsetof(struct init_call, listen), "URL",
	    N_("where nodes below connect: tcp://HOST:PORT; may be repeated") },
	{ "upstream", 0, YW_OPTION_LIST, offsetof(struct init_call, upstreams), "URL",
	    N_("a node to connect to: tcp://HOST:PORT; may be repeated") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

struct plan {
	struct yw_network network;
	struct yw_jurisdiction issuer;
	bool draft;
	char path[YW_CONFIG_PATH_MAX + 1];	/* of the configuration */
	struct yw_config config;
	struct yw_buf text;
};

/* --- whose admission it asks for --- */

/* The code above: a pair of digits less.  "" above a province. */
static void
code_above(const struct yw_jurisdiction *code, struct yw_jurisdiction *out)
{
	size_t digits = yw_jurisdiction_digits(code);

	*out = *code;
	if (digits <= 2)
		out->code[0] = '\0';
	else
		memset(out->code + digits - 2, '0', 2);
}

static enum yw_code
choose_issuer(const struct init_call *c, struct plan *p, struct yw_error *err)
{
	const struct yw_jurisdiction *first = &p->network.first_code;
	struct yw_jurisdiction code;

	if (yw_jurisdiction_parse(c->code, strlen(c->code), &code) != YW_OK)
		return yw_fail(err, YW_EINVAL, "'%s' is no division code: six digits, the first not 0", c->code);
	if (c->generation > YW_GENERATIONS_MAX)
		return yw_fail(err, YW_ELIMIT, "option '--generation': no node has more than %d logs", YW_GENERATIONS_MAX);
	if (yw_jurisdiction_equal(first, &code) && c->generation > 1 && !p->draft && c->issuer == NULL) {
		p->issuer.code[0] = '\0';	/* a later network file will name it */
		return YW_OK;
	}
	if (yw_jurisdiction_equal(first, &code))
		return yw_fail(err, YW_ECONFLICT, "'%s' names %s as its first node already", c->network, c->code);
	if (p->draft && first->code[0] == '\0' && c->issuer == NULL) {
		p->issuer.code[0] = '\0';
		return YW_OK;
	}
	if (p->draft)
		return yw_fail(err, YW_EINVAL, "'%s' is a draft, with which only the first node is made: wait for the signed file",
		    c->network);
	if (c->issuer == NULL)
		code_above(&code, &p->issuer);
	else if (yw_jurisdiction_parse(c->issuer, strlen(c->issuer), &p->issuer) != YW_OK)
		return yw_fail(err, YW_EINVAL, "'%s' is no division code: six digits, the first not 0", c->issuer);
	if (p->issuer.code[0] == '\0')
		return yw_fail(err, YW_EINVAL, "no code is above %s, and %s is the first node of this network", c->code,
		    first->code);
	if (!yw_jurisdiction_above(&p->issuer, &code))
		return yw_fail(err, YW_EINVAL, "%s is not above %s and cannot be its issuer", p->issuer.code, c->code);
	return YW_OK;
}

/* --- the configuration --- */

static enum yw_code
make_dir(const char *path, mode_t mode, struct yw_error *err)
{
	YW_POINT("init-directory");
	if (mkdir(path, mode) == 0 ? chmod(path, mode) != 0 : errno != EEXIST)
		return yw_fail(err, YW_EIO, "unable to create directory '%s': %s", path, strerror(errno));
	return YW_OK;
}

struct place {
	char *to;
	size_t size;
	const char *name;	/* under --dir */
};

static enum yw_code
put_places(const char *dir, const struct place *places, size_t n, struct yw_error *err)
{
	for (size_t i = 0; i < n; i++)
		if ((size_t)snprintf(places[i].to, places[i].size, "%s/%s", dir, places[i].name) >= places[i].size)
			return yw_fail(err, YW_ELIMIT, "'%s/%s' is longer than the %zu bytes allowed: choose a shorter directory", dir,
			    places[i].name, places[i].size - 1);
	return YW_OK;
}

/* Where things stand: under --dir, else as the defaults say. */
static enum yw_code
choose_places(const struct init_call *c, struct plan *p, struct yw_error *err)
{
	struct yw_config *k = &p->config;
	const struct place places[] = {
		{ p->path, sizeof p->path, "yiwang.yaml" },
		{ k->data_dir, sizeof k->data_dir, "data" },
		{ k->network_file, sizeof k->network_file, "network" },
		{ k->keys_dir, sizeof k->keys_dir, "keys" },
		{ k->mappings_dir, sizeof k->mappings_dir, "mappings" },
		{ k->divisions_file, sizeof k->divisions_file, "divisions.csv" },
		{ k->control_socket, sizeof k->control_socket, "run/control" },
	};
	enum yw_code code;
	char *dir;

	if (c->dir == NULL) {
		snprintf(p->path, sizeof p->path, "%s", YW_CONFIG_DEFAULT);
		return YW_OK;
	}
	code = make_dir(c->dir, 0755, err);
	if (code != YW_OK)
		return code;
	dir = realpath(c->dir, NULL);
	if (dir == NULL)
		return yw_fail(err, YW_EIO, "unable to find '%s': %s", c->dir, strerror(errno));
	code = put_places(dir, places, sizeof places / sizeof *places, err);
	free(dir);
	return code;
}

static enum yw_code
take_addresses(const struct yw_words *words, struct yw_config_addresses *out, struct yw_error *err)
{
	if (words->n > YW_CONFIG_ADDRESSES_MAX)
		return yw_fail(err, YW_ELIMIT, "more than %d addresses", YW_CONFIG_ADDRESSES_MAX);
	for (size_t i = 0; i < words->n; i++)
		if ((size_t)snprintf(out->url[out->n++], sizeof *out->url, "%s", words->word[i]) >= sizeof *out->url)
			return yw_fail(err, YW_ELIMIT, "address '%.60s...' is too long", words->word[i]);
	return YW_OK;
}

static enum yw_code
plan_config(const struct init_call *c, struct plan *p, struct yw_error *err)
{
	char least[32];
	enum yw_code code;

	snprintf(least, sizeof least, "code: %.6s\n", c->code);
	code = yw_config_parse("--code", least, strlen(least), &p->config, err);
	if (code == YW_OK)
		code = choose_places(c, p, err);
	if (code == YW_OK)
		code = take_addresses(&c->listen, &p->config.listen, err);
	if (code == YW_OK)
		code = take_addresses(&c->upstreams, &p->config.upstreams, err);
	if (code != YW_OK)
		return code;
	yw_config_text(&p->config, &p->text);
	code = yw_buf_check(&p->text, err);
	if (code == YW_OK)	/* refuses addresses that are none, as it will when the daemon reads it */
		code = yw_config_parse("new configuration", p->text.data, p->text.len, &p->config, err);
	if (code == YW_OK && access(p->path, F_OK) == 0)
		code = yw_fail(err, YW_ECONFLICT, "'%s' exists already", p->path);
	return code;
}

/* --- making --- */

/* The directory above a path; it must be there before anything else is. */
static enum yw_code
make_parent(const char *path, mode_t mode, struct yw_error *err)
{
	char dir[YW_CONFIG_PATH_MAX + 1];

	snprintf(dir, sizeof dir, "%s", path);
	*strrchr(dir, '/') = '\0';
	return make_dir(dir, mode, err);
}

static enum yw_code
put_network(const struct plan *p, struct yw_error *err)
{
	const struct yw_buf *note = &p->network.note;
	struct yw_buf there = YW_BUF_INIT;
	enum yw_code code;

	code = yw_file_read(p->config.network_file, YW_NETWORK_FILE_MAX, &there, err);
	if (code == YW_OK && !yw_bytes_equal(yw_buf_bytes(&there), yw_buf_bytes(note)))
		code = yw_fail(err, YW_ECONFLICT, "'%s' is another network file", p->config.network_file);
	else if (code == YW_ENOENT)
		code = yw_file_write(p->config.network_file, note->data, note->len, 0644, false, err);
	yw_buf_release(&there);
	return code;
}

static enum yw_code
make_all(const struct init_call *c, struct plan *p, struct yw_error *err)
{
	uint32_t generation = c->generation != 0 ? (uint32_t)c->generation : 1;
	enum yw_code code = make_parent(p->path, 0755, err);

	if (code == YW_OK && c->dir != NULL)
		code = make_parent(p->config.control_socket, 0750, err);
	if (code == YW_OK && !p->draft)
		code = put_network(p, err);
	if (code == YW_OK)
		code = yw_home_init(&p->config, &p->network, &p->issuer, generation, err);
	if (code == YW_OK)
		code = yw_file_write(p->path, p->text.data, p->text.len, 0644, false, err);
	return code;
}

/* --- telling --- */

/* A development zone can be a node, and so can a division newer than the table: it is only said. */
static void
tell_unlisted(const struct plan *p)
{
	struct yw_divisions *d;

	if (yw_divisions_read(p->config.divisions_file, &d, NULL) != YW_OK)	/* it comes later, or the daemon says what is wrong */
		return;
	if (yw_division_find(d, p->config.code) == NULL)
		yw_say(_("look again: there is no %s in %s; if that is not the code meant, make another node before this one joins"),
		    p->config.code, p->config.divisions_file);
	yw_divisions_free(d);
}

static enum yw_exit
tell(const struct init_call *c, const struct plan *p)
{
	char request[YW_HOME_PATH_MAX], fingerprint[YW_FINGERPRINT_MAX];
	struct yw_buf bytes = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_error err;
	struct yw_json j;
	enum yw_exit status;

	if (yw_home_path(&p->config, "request", request, &err) != YW_OK ||
	    yw_node_request_read(&p->config, &bytes, fingerprint, &err) != YW_OK)
		return yw_failed(&err);
	yw_buf_release(&bytes);
	if (c->call.json) {
		yw_json_init(&j, &out);
		yw_json_object(&j, NULL);
		yw_json_str(&j, "code", p->config.code);
		yw_json_str(&j, "issuer", p->issuer.code);
		yw_json_str(&j, "config", p->path);
		yw_json_str(&j, "request", request);
		yw_json_str(&j, "fingerprint", fingerprint);
		yw_json_object_end(&j);
		status = yw_put_json(&out);
	} else {
		yw_buf_printf(&out, "%s\n", fingerprint);
		status = yw_buf_check(&out, &err) == YW_OK ? yw_put_bytes(yw_buf_bytes(&out)) : yw_failed(&err);
	}
	yw_buf_release(&out);
	yw_say(_("node %s made: configuration %s, keys in %s"), p->config.code, p->path, p->config.keys_dir);
	yw_say(_("the line on the standard output is the fingerprint of its join request, %s"), request);
	yw_say(_("it needs two more things of node-config: the table %s, and for imports the mappings in %s"),
	    p->config.divisions_file, p->config.mappings_dir);
	tell_unlisted(p);
	if (p->draft)
		yw_say(_("next: yiwang network sign %s --key ROOTKEY --first %s --quorum RULE; then copy the signed file to %s and "
		    "start yiwangd"), c->network, request, p->config.network_file);
	else if (p->issuer.code[0] == '\0')
		yw_say(_("next: yiwang network closing %s, at the node that holds most of its old log; yiwang network next with that and "
		    "--first %s; when it is signed, yiwang network add, and start yiwangd"), p->config.code, request);
	else
		yw_say(_("next: yiwang node join --config %s --to tcp://HOST:PORT, the address of %s"), p->path, p->issuer.code);
	return status;
}

static enum yw_exit
node_init(struct yw_call *call)
{
	struct init_call *c = (struct init_call *)call;
	struct plan p = { .text = YW_BUF_INIT };
	struct yw_error err;
	enum yw_exit status;
	enum yw_code code;

	if (c->code == NULL || c->network == NULL)
		return yw_misused(call->command, _("something is missing: %s"), c->code == NULL ? "--code CODE" : "--network FILE");
	code = yw_netfile_read(c->network, NULL, &p.network, &err);
	if (code != YW_OK)
		return yw_failed(&err);
	p.draft = yw_network_is_draft(yw_buf_bytes(&p.network.note));
	if (!p.draft)
		code = yw_network_verify(&p.network, &err);
	if (code == YW_OK)
		code = choose_issuer(c, &p, &err);
	if (code == YW_OK)
		code = plan_config(c, &p, &err);
	if (code == YW_OK)
		code = make_all(c, &p, &err);
	status = code == YW_OK ? tell(c, &p) : yw_failed(&err);
	yw_buf_release(&p.text);
	yw_network_release(&p.network);
	return status;
}

const struct yw_command yw_cmd_node_init = {
	.name = "node init",
	.operands = "--code CODE --network FILE",
	.summary = N_("Makes a new node: its keys, its configuration and its join request."),
	.details = N_("The keys never leave this machine. Run it as the user that yiwangd will run as."),
	.takes = YW_TAKES_JSON,
	.options = options,
	.size = sizeof(struct init_call),
	.run = node_init,
};
