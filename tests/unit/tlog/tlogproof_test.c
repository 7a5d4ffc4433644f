/*
 * tlog-proof files: the text is written as it was read, and bent ones are refused.
 */
#include "support/testing.h"
#include "tlog/tlogproof.h"

#define FIRST "c2sp.org/tlog-proof@v1\n"
#define HASH "B7oGuSkoV8iikB/Dwav96N1FGloM2Vh08O1YunO9jKY=\n"
#define HEAD "onenet.example/320100\n9\n" HASH "\n"                                                 \
	"\xe2\x80\x94 onenet.example/320100 7pV2izGeCPRjWU5yuL7nV5GHZ874qEBX32MXGi9CGHJN7smNlZOcq5+S1i7D0" \
	"6kZ5LzYxn4kz0wLmy/xlkxovgqc/AQ=\n"

static void
round_trips(void)
{
	static const struct { const char *text; uint64_t index; size_t n; bool extra; } cases[] = {
		{ FIRST "index 0\n\n" HEAD, 0, 0, false },
		{ FIRST "index 8\n" HASH "\n" HEAD, 8, 1, false },
		{ FIRST "extra YWdl\nindex 9223372036854775807\n" HASH HASH HASH "\n" HEAD, INT64_MAX, 3, true },
	};
	struct yw_buf text = YW_BUF_INIT;
	struct yw_tlog_proof p;
	struct yw_error err;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		YW_PASS(yw_tlog_proof_parse(yw_bytes_str(cases[i].text), &p, &err));
		YW_CHECK(p.index == cases[i].index && p.path.n == cases[i].n);
		YW_CHECK((p.extra.data != NULL) == cases[i].extra);
		YW_CHECK(yw_bytes_equal(p.checkpoint, YW_BYTES_LIT(HEAD)));
		yw_buf_clear(&text);
		yw_tlog_proof_text(&p, &text);
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&text), yw_bytes_str(cases[i].text)));
	}
	yw_buf_release(&text);
}

static void
refused(void)
{
	static const char *const cases[] = {
		"", FIRST, "c2sp.org/tlog-proof@v2\nindex 0\n\n" HEAD, " " FIRST "index 0\n\n" HEAD,
		"c2sp.org/tlog-proof@v1\r\nindex 0\n\n" HEAD,
		FIRST "index 0\n" HEAD,				/* no empty line of its own: the head's text is no hash */
		FIRST "index 00\n\n" HEAD, FIRST "index -1\n\n" HEAD, FIRST "index  1\n\n" HEAD,
		FIRST "index 9223372036854775808\n\n" HEAD, FIRST "Index 0\n\n" HEAD, FIRST "\n" HEAD,
		FIRST "extra \nindex 0\n\n" HEAD, FIRST "extra YWd\nindex 0\n\n" HEAD, FIRST "extra YWdl\n\n" HEAD,
		FIRST "extra YWdl\nextra YWdl\nindex 0\n\n" HEAD, FIRST "index 0\nextra YWdl\n\n" HEAD,
		FIRST "index 0\nAAAA\n\n" HEAD, FIRST "index 0\n " HASH "\n" HEAD, FIRST "index 0\n" HASH,
		FIRST "index 0\n\n", FIRST "index 0\n\n\n" , FIRST "index 0\n\nonenet.example/320100\n9\n" HASH,
	};
	struct yw_tlog_proof p;
	struct yw_error err;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got = yw_tlog_proof_parse(yw_bytes_str(cases[i]), &p, &err);

		YW_CHECK_MSG(got == YW_EFORMAT, "case %zu: gave '%s'", i, yw_code_name(got));
	}
}

/* Cut anywhere, it is refused or says less: never the same thing. */
static void
cut(void)
{
	static const char good[] = FIRST "index 8\n" HASH "\n" HEAD;
	struct yw_tlog_proof p;
	struct yw_error err;

	for (size_t len = 0; len < sizeof good - 1; len++)
		YW_FAILS(yw_tlog_proof_parse((struct yw_bytes) { (const uint8_t *)good, len }, &p, &err), YW_EFORMAT);
}

static void
longest(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_tlog_proof p;
	struct yw_error err;

	for (int n = YW_PROOF_MAX; n <= YW_PROOF_MAX + 1; n++) {
		yw_buf_clear(&b);
		yw_buf_add_str(&b, FIRST "index 1\n");
		for (int i = 0; i < n; i++)
			yw_buf_add_str(&b, HASH);
		yw_buf_add_str(&b, "\n" HEAD);
		YW_FAILS(yw_tlog_proof_parse(yw_buf_bytes(&b), &p, &err), n <= YW_PROOF_MAX ? YW_OK : YW_ELIMIT);
	}
	yw_buf_release(&b);
}

YW_TESTS({ "C2SP tlog-proof: written as it was read", round_trips },
    { "C2SP tlog-proof: refused forms", refused },
    { "C2SP tlog-proof: cut at each byte", cut },
    { "C2SP tlog-proof: as many hashes as a path can have", longest })
