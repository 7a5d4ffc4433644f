/*
 * config_test.c - what is not allowed is refused with its place; what is left out has its default.
 */
#include "service/config.h"
#include "base/file.h"
#include "base/log.h"
#include "support/testing.h"

static enum yw_code
parse(const char *text, struct yw_config *out, struct yw_error *err)
{
	return yw_config_parse("y.yaml", text, strlen(text), out, err);
}

static void
defaults(void)
{
	struct yw_config c;

	YW_PASS(parse("code: 320102\n", &c, NULL));
	YW_CHECK(strcmp(c.code, "320102") == 0 && strcmp(c.data_dir, "/var/lib/yiwang") == 0);
	YW_CHECK(c.listen.n == 0 && c.upstreams.n == 0 && c.control_group[0] == '\0');
	YW_CHECK(c.append_without_peer == 1 && c.peer_wait_ms == 600000 && c.beat_every_ms == 10000);
	YW_CHECK(c.disk_reserve_bytes == 1u << 30 && c.cache_bytes == 8u << 20);
	YW_CHECK(c.write_buffer_bytes == 16u << 20 && c.log_level == YW_LOG_INFO);
	YW_CHECK(strcmp(c.default_class[YW_KIND_CONTRACT], "unconditional") == 0 && strcmp(c.default_class[YW_KIND_PROJECT],
	    "unconditional") == 0);
	YW_CHECK(c.default_class[YW_KIND_CORRECTION_REQUEST][0] == '\0' && c.default_class[YW_KIND_NONE][0] == '\0');
}

static void
given_values(void)
{
	struct yw_config c;

	YW_PASS(parse("code: '320100'\nlisten: ['tcp://*:7000', 'tcp://[::1]:1']\nlog_level: debug\n"
		      "upstreams:\n  - tcp://js.example:65535\nappend_without_peer: never\n"
		      "peer_wait: 1d\nbeat_every: 60min\ncache: 1TiB\ncontrol_group: yi-wang\n", &c, NULL));
	YW_CHECK(c.listen.n == 2 && strcmp(c.listen.url[1], "tcp://[::1]:1") == 0);
	YW_CHECK(c.upstreams.n == 1 && strcmp(c.upstreams.url[0], "tcp://js.example:65535") == 0);
	YW_CHECK(c.append_without_peer == 0 && c.peer_wait_ms == 86400000 && c.beat_every_ms == 3600000);
	YW_CHECK(c.cache_bytes == UINT64_C(1) << 40 && c.log_level == YW_LOG_DEBUG);
	YW_CHECK(strcmp(c.control_group, "yi-wang") == 0);

	YW_PASS(parse("code: 320100\ndefault_class:\n  demand: open\n  broker: conditional 320500 320102\n", &c, NULL));
	YW_CHECK(strcmp(c.default_class[YW_KIND_DEMAND], "open") == 0 && c.default_class[YW_KIND_CONTRACT][0] == '\0');
	YW_CHECK(strcmp(c.default_class[YW_KIND_BROKER], "conditional 320500 320102") == 0);
	YW_PASS(parse("code: 320100\ndefault_class: {}\n", &c, NULL));
	YW_CHECK(c.default_class[YW_KIND_DEMAND][0] == '\0');
}

static void
refusals_say_where_and_what_is_allowed(void)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "cache: 1MiB\n", "code: is missing, allowed: six digits" },
		{ "code: 320102\ncahce: 1MiB\n", "y.yaml:2: there is no key 'cahce'" },
		{ "code: 32010\n", "y.yaml:1: code: '32010' is not allowed, allowed: six digits" },
		{ "code: 020102\n", "code:" }, { "code: [320102]\n", "not the right type" },
		{ "code: 320102\ndata_dir: x/y\n", "y.yaml:2: data_dir: 'x/y'" },
		{ "code: 320102\npeer_wait: 10\n", "peer_wait: '10' is not allowed, allowed: 0, or a whole number" },
		{ "code: 320102\npeer_wait: 00\n", "peer_wait" }, { "code: 320102\npeer_wait: 2d\n", "peer_wait" },
		{ "code: 320102\nbeat_every: 9s\n", "10s to 1h" }, { "code: 320102\nbeat_every: 0\n", "10s to 1h" }, { "code: 320102\ncache: 2TiB\n", "cache" },
		{ "code: 320102\ncache: 18446744073709551615TiB\n", "cache" },
		{ "code: 320102\ncache: -1MiB\n", "cache" }, { "code: 320102\nlog_level: INFO\n", "log_level" },
		{ "code: 320102\nappend_without_peer: yes\n", "allow or never" },
		{ "code: 320102\nlisten: tcp://a:1\n", "a list" },
		{ "code: 320102\nupstreams:\n  - tcp://a:1\n  - tcp://a:0\n", "y.yaml:4: upstreams" },
		{ "code: 320102\nupstreams: ['tcp://*:1']\n", "upstreams" },
		{ "code: 320102\nlisten: ['tcp:1']\n", "listen" }, { "code: 320102\nlisten: ['x']\n", "listen" },
		{ "code: 320102\nlisten: ['tcp://:1']\n", "listen" },
		{ "code: 320102\nlisten: ['tcp://a:65536']\n", "listen" },
		{ "code: 320102\nlisten: ['tcp://a b:1']\n", "listen" },
		{ "code: 320102\ndata_dir: \"/a\\nb\"\n", "data_dir" }, { "code: 320102\ndata_dir: \"/\\x7f\"\n", "data_dir" },
		{ "code: 320102\ndefault_class: open\n", "default_class" }, { "code: 320102\ndefault_class:\n  deal: open\n", "y.yaml:3: default_class: there is no kind 'deal'" },
		{ "code: 320102\ndefault_class:\n  correction_request: open\n", "its audience is not chosen" },
		{ "code: 320102\ndefault_class:\n  demand: public\n", "y.yaml:3: default_class: demand: 'public' is none of" },
		{ "code: 320102\ndefault_class:\n  demand: [open]\n", "not the right type" },
		{ "code: 320102\ncontrol_group: A\n", "control_group" }, { "- code\n", "key: value" },
	};
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct yw_error err = { 0 };
		struct yw_config c;

		YW_CHECK_MSG(parse(bad[i].text, &c, &err) == YW_EINVAL, "accepted '%s'", bad[i].text);
		YW_CHECK_MSG(strstr(err.msg, bad[i].says), "'%s' said '%s'", bad[i].text, err.msg);
	}
}

/* Every value another than its default, and texts that need quoting. */
static void
what_is_written_reads_back(void)
{
	static const char *const text = "code: 320100\ndata_dir: \"/a b/it's: #1\"\nnetwork_file: /n\nkeys_dir: /k/-x\n"
	    "mappings_dir: '/m: '\ndivisions_file: /d\ncontrol_socket: /c\ncontrol_group: -g\n"
	    "listen: ['tcp://*:7000', 'tcp://[::1]:1']\nupstreams: [tcp://a:1]\nappend_without_peer: never\n"
	    "peer_wait: 1001ms\nbeat_every: 1h\ndisk_reserve: 3MiB\ncache: 1025KiB\nwrite_buffer: 1GiB\nlog_level: error\n"
	    "default_class: { contract: conditional 320500 320102, project: not_shared }\n";
	struct yw_buf once = YW_BUF_INIT, twice = YW_BUF_INIT;
	struct yw_config a, b;

	YW_PASS(parse(text, &a, NULL));
	yw_config_text(&a, &once);
	YW_PASS(yw_config_parse("once", once.data, once.len, &b, NULL));
	YW_CHECK(memcmp(&a, &b, sizeof a) == 0);
	yw_config_text(&b, &twice);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&once), yw_buf_bytes(&twice)));
	YW_CHECK(strstr(yw_buf_str(&once), "\npeer_wait: 1001ms\n") && strstr(yw_buf_str(&once), "\nbeat_every: 1h\n"));
	YW_CHECK(strstr(yw_buf_str(&once), "\ndata_dir: '/a b/it''s: #1'\n"));
	yw_buf_release(&once);
	yw_buf_release(&twice);
}

static void
the_example_is_the_table(void)
{
	struct yw_buf made = YW_BUF_INIT, kept = YW_BUF_INIT;
	struct yw_config c;

	YW_PASS(parse("code: 320102\n", &c, NULL));
	yw_config_text(&c, &made);
	YW_PASS(yw_file_read(YW_EXAMPLE, 1 << 16, &kept, NULL));
	YW_CHECK(strcmp(strchr(yw_buf_str(&made), '\n'), strchr(yw_buf_str(&kept), '\n')) == 0);	/* but for the head */
	YW_PASS(yw_config_read(YW_EXAMPLE, &c, NULL));
	yw_buf_release(&made);
	yw_buf_release(&kept);
}

static void
nothing_needs_no_unit(void)
{
	static const char *const texts[] = { "code: 320102\npeer_wait: 0\n", "code: 320102\npeer_wait: 0s\n" };
	struct yw_buf written = YW_BUF_INIT;
	struct yw_config c;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		YW_PASS(parse(texts[i], &c, NULL));
		YW_CHECK(c.peer_wait_ms == 0);
		yw_buf_clear(&written);
		yw_config_text(&c, &written);
		YW_CHECK(strstr(yw_buf_str(&written), "\npeer_wait: 0\n") != NULL);
		YW_PASS(yw_config_parse("written", written.data, written.len, &c, NULL));
		YW_CHECK(c.peer_wait_ms == 0);
	}
	yw_buf_release(&written);
}

YW_TESTS({ "defaults", defaults }, { "given values", given_values },
    { "refusals say where and what is allowed", refusals_say_where_and_what_is_allowed },
    { "a peer need not be waited for: 0 needs no unit, and is written without", nothing_needs_no_unit },
    { "what is written reads back", what_is_written_reads_back },
    { "the example is the table", the_example_is_the_table })
