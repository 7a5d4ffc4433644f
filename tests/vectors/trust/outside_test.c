/*
 * What other programs say of our bytes: openssl of signatures over the DSSE encoding, protoc of trust
 * statements, coreutils of an evidence file.
 */
#include <sys/wait.h>

#include "base/file.h"
#include "record/wire.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/evidence.h"
#include "yiwang/v1/trust.pb-c.h"

static const char *const codes[] = { "320000", "320100", "320102" };
static struct yw_error err;

static const char *
path(const char *name)
{
	static char p[512];

	snprintf(p, sizeof p, "%s/%s", yw_test_dir(), name);
	return p;
}

static void
write_file(const char *name, struct yw_bytes b)
{
	YW_PASS(yw_file_write(path(name), b.data, b.len, 0600, true, &err));
}

/* Runs a command in the test's directory; true if it ends with 0. */
static bool
run(const char *command)
{
	char line[1024];
	int status;

	snprintf(line, sizeof line, "cd %s && %s", yw_test_dir(), command);
	status = system(line);
	YW_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) < 126, "%s", command);
	return WEXITSTATUS(status) == 0;
}

static bool
openssl_accepts(const struct yw_pubkey *key, const char *type, struct yw_bytes body, const void *sig)
{
	static const uint8_t prefix[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
	struct yw_buf der = YW_BUF_INIT, pae = YW_BUF_INIT;

	yw_buf_add(&der, prefix, sizeof prefix);	/* RFC 8410, section 4 */
	yw_buf_add(&der, key->b, sizeof key->b);
	yw_buf_printf(&pae, "DSSEv1 %zu %s %zu ", strlen(type), type, body.len);
	yw_buf_add(&pae, body.data, body.len);
	write_file("public.der", yw_buf_bytes(&der));
	write_file("pae", yw_buf_bytes(&pae));
	write_file("sig", (struct yw_bytes) { sig, YW_SIG_BYTES });
	yw_buf_release(&der);
	yw_buf_release(&pae);
	return run(YW_OPENSSL " pkeyutl -verify -pubin -keyform DER -inkey public.der -rawin -in pae -sigfile sig "
	    ">/dev/null 2>&1");
}

static void
entry_signature(void)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, 3, "quorum none\n");
	struct yw_tlog *l = yw_tnet_log(t, "320100");
	struct yw_entry e;

	for (size_t i = 0; i < l->n; i++) {
		YW_PASS(yw_entry_read(l->origin.text, yw_buf_bytes(&l->entries[i]), &e, &err));
		YW_CHECK(openssl_accepts(&l->keys.pub.entry, YW_ENTRY_TYPE, e.payload, e.sig.b));
		YW_CHECK(!openssl_accepts(&l->keys.pub.head, YW_ENTRY_TYPE, e.payload, e.sig.b));
		YW_CHECK(!openssl_accepts(&l->keys.pub.entry, YW_REQUEST_TYPE, e.payload, e.sig.b));
		yw_entry_release(&e);
	}
	yw_tnet_free(t);
}

static void
request_signatures(void)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, 3, "quorum none\n");
	struct yw_tlog *l = yw_tnet_log(t, "320102");
	Yiwang__V1__SignedRequest *s;
	struct yw_bytes body;

	YW_PASS(yw_decode(&yiwang__v1__signed_request__descriptor, yw_buf_bytes(&l->request), &s, &err));
	body = (struct yw_bytes) { s->request.data, s->request.len };
	YW_CHECK(openssl_accepts(&l->keys.pub.entry, YW_REQUEST_TYPE, body, s->entry_sig.data));
	YW_CHECK(openssl_accepts(&l->keys.pub.head, YW_REQUEST_TYPE, body, s->head_sig.data));
	YW_CHECK(openssl_accepts(&l->keys.pub.cosign, YW_REQUEST_TYPE, body, s->cosign_sig.data));
	YW_CHECK(!openssl_accepts(&l->keys.pub.entry, YW_REQUEST_TYPE, body, s->head_sig.data));
	yw_decode_free(s);
	yw_tnet_free(t);
}

/* protoc reads each statement with the project's files, and writes the same bytes of what it read. */
static void
statements(void)
{
	static const struct { const char *code; uint64_t index; const char *says; } cases[] = {
		{ "320000", 0, "network_file: \"yiwang-network/v1" }, { "320000", 1, "delegation {" },
		{ "320000", 2, "code: \"320100\"" }, { "320100", 0, "origin: \"onenet.example/320000\"" },
		{ "320102", 0, "index: 1" },
	};
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, 3, "quorum none\n");
	struct yw_buf text = YW_BUF_INIT, again = YW_BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct yw_tlog *l = yw_tnet_log(t, cases[i].code);
		struct yw_entry e;

		YW_PASS(yw_entry_read(l->origin.text, yw_buf_bytes(&l->entries[cases[i].index]), &e, &err));
		write_file("trust", e.trust);
		YW_CHECK(run(YW_PROTOC " --proto_path=" YW_PROTO_DIR " --decode=yiwang.v1.Trust yiwang/v1/trust.proto "
		    "<trust >text"));
		YW_CHECK(run(YW_PROTOC " --proto_path=" YW_PROTO_DIR " --encode=yiwang.v1.Trust yiwang/v1/trust.proto "
		    "<text >again"));
		yw_buf_clear(&text);
		yw_buf_clear(&again);
		YW_PASS(yw_file_read(path("text"), YW_ENTRY_MAX * 4, &text, &err));
		YW_PASS(yw_file_read(path("again"), YW_ENTRY_MAX, &again, &err));
		YW_CHECK_MSG(strstr(yw_buf_str(&text), cases[i].says) != NULL, "%s", yw_buf_str(&text));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&again), e.trust));
		yw_entry_release(&e);
	}
	yw_buf_release(&text);
	yw_buf_release(&again);
	yw_tnet_free(t);
}

/* The last line, the entry's leaf, the network file and the body come out with head, base64 and sha256sum. */
static void
evidence(void)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, 3, "quorum none\n");
	struct yw_tlog *l = yw_tnet_log(t, "320102");
	struct yw_evidence_subject s = { .origin = l->origin };
	struct yw_buf body = YW_BUF_INIT, text = YW_BUF_INIT;
	struct yw_log_reader r;

	yw_wire_add_bytes(&body, 1, YW_BYTES_LIT("320102/contract/a"));
	yw_wire_add_number(&body, 3, 1);
	yw_wire_add_bytes(&body, 4, YW_BYTES_LIT("0123456789abcdef"));
	yw_wire_add_bytes(&body, 7, YW_BYTES_LIT(""));
	s.body = yw_buf_bytes(&body);
	s.index = yw_tnet_add_bodies(l, &s.body, 1);
	for (size_t i = 0; i < t->n_logs; i++)
		yw_tnet_beat(&t->logs[i], 1000, NULL, 0);
	s.beat = yw_buf_bytes(&l->beat);
	yw_tnet_reader(t, &r);
	YW_PASS(yw_evidence_make(t->trust, &s, &r, &text, &err));
	write_file("evidence", yw_buf_bytes(&text));
	write_file("network", yw_buf_bytes(&t->network.note));
	write_file("body", s.body);
	YW_CHECK(run("test \"sha256 $(head -n -1 evidence | sha256sum | cut -d ' ' -f 1)\" = \"$(tail -n 1 evidence)\""));
	YW_CHECK(run("sed -n 's/^network //p' evidence | base64 -d | cmp - network"));
	YW_CHECK(run("sed -n 's/^body //p' evidence | base64 -d | cmp - body"));
	YW_CHECK(run("test \"hash $(sha256sum <body | cut -d ' ' -f 1)\" = \"$(grep '^hash ' evidence)\""));
	yw_buf_release(&body);
	yw_buf_release(&text);
	yw_tnet_free(t);
}

YW_TESTS({ "B1 B4 openssl accepts an entry's signature over its PAE", entry_signature },
    { "B10 openssl accepts a request's three signatures over its PAE", request_signatures },
    { "B8 B3 protoc reads trust statements and writes the same bytes", statements },
    { "B12 an evidence file in the hands of coreutils", evidence })
