/*
 * Signed notes, verifier keys and checkpoints: what is written is read, what is bent is refused.
 * Outside truth: the verifier key and the size-1 head of transparency-dev/tessera's published log.
 */
#include "support/testing.h"
#include "tlog/checkpoint.h"

#define DASH "\xe2\x80\x94 "

static const char vkey_text[] = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

static void
refused_notes(void)
{
	static const struct { const char *what, *note; enum yw_code want; } cases[] = {
		{ "no empty line", "text\n" DASH "a AAAAAAA=\n", YW_EFORMAT },
		{ "no signature", "text\n\n", YW_EFORMAT },
		{ "no final LF", "text\n\n" DASH "a AAAAAAA=", YW_EFORMAT },
		{ "carriage return", "text\r\n\n" DASH "a AAAAAAA=\n", YW_EFORMAT },
		{ "not UTF-8", "te\xfft\n\n" DASH "a AAAAAAA=\n", YW_EFORMAT },
		{ "a hyphen for the dash", "text\n\n- a AAAAAAA=\n", YW_EFORMAT },
		{ "plus in the name", "text\n\n" DASH "a+b AAAAAAA=\n", YW_EFORMAT },
		{ "ideographic space in the name", "text\n\n" DASH "a\xe3\x80\x80" "b AAAAAAA=\n", YW_EFORMAT },
		{ "no name", "text\n\n" DASH " AAAAAAA=\n", YW_EFORMAT },
		{ "key id only", "text\n\n" DASH "a AAAAAA==\n", YW_EFORMAT },
		{ "loose base64", "text\n\n" DASH "a AAAAAAB=\n", YW_EFORMAT },
		{ "empty", "", YW_EFORMAT },
	};
	struct yw_error err;
	struct yw_note n;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got = yw_note_parse(yw_bytes_str(cases[i].note), &n, &err);

		YW_CHECK_MSG(got == cases[i].want, "%s: gave '%s'", cases[i].what, yw_code_name(got));
	}
	YW_PASS(yw_note_parse(yw_bytes_str("text\n\nmore\n\n" DASH "a AAAAAAA=\n"), &n, &err));
	YW_CHECK(yw_bytes_equal(n.text, YW_BYTES_LIT("text\n\nmore\n")));
	yw_note_release(&n);
}

static void
controls(void)
{
	char note[] = "twenty-four characters..\n\n" DASH "a AAAAAAA=\n";
	struct yw_error err;
	struct yw_note n;

	for (size_t i = 0; i < 24; i++)
		for (char c = 1; c <= ' '; c++) {
			char was = note[i];
			enum yw_code got;

			note[i] = c;
			got = yw_note_parse(yw_bytes_str(note), &n, &err);
			YW_CHECK_MSG((got == YW_OK) == (c == '\n' || c == ' '), "character %d at %zu: gave '%s'", c, i, yw_code_name(got));
			if (got == YW_OK)
				yw_note_release(&n);
			note[i] = was;
		}
}

static void
too_many_signatures(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_error err;
	struct yw_note n;

	yw_buf_add_str(&b, "text\n\n");
	for (int i = 0; i < YW_NOTE_SIGNATURES_MAX; i++)
		yw_buf_add_str(&b, DASH "a AAAAAAA=\n");
	YW_PASS(yw_note_parse(yw_buf_bytes(&b), &n, &err));
	yw_note_release(&n);
	yw_buf_add_str(&b, DASH "a AAAAAAA=\n");
	YW_FAILS(yw_note_parse(yw_buf_bytes(&b), &n, &err), YW_ELIMIT);
	yw_buf_release(&b);
}

static void
refused_vkeys(void)
{
	char bent[sizeof vkey_text];
	struct yw_error err;
	struct yw_vkey v;

	YW_PASS(yw_vkey_parse(vkey_text, strlen(vkey_text), &v, &err));
	for (size_t i = 0; i < strlen(vkey_text); i++) {
		memcpy(bent, vkey_text, sizeof bent);
		bent[i] ^= 1;
		YW_CHECK_MSG(yw_vkey_parse(bent, strlen(bent), &v, &err) != YW_OK, "accepted with byte %zu bent", i);
		YW_CHECK(yw_vkey_parse(vkey_text, i, &v, &err) != YW_OK);
	}
}

/* A head and a cosignature of our own; any flipped bit of the note loses one of them or the form. */
static void
sign_and_bend(void)
{
	struct yw_checkpoint c = { .origin = "onenet.example/320100", .size = 7 }, got;
	struct yw_buf b = YW_BUF_INIT;
	struct yw_seckey sk, csk;
	struct yw_pubkey pk, cpk;
	struct yw_seed seed = { { 1 } }, cseed = { { 2 } };
	struct yw_error err;
	struct yw_vkey head, cosign;
	struct yw_note n;
	uint64_t time;

	yw_seckey_from_seed(&seed, &sk, &pk);
	yw_seckey_from_seed(&cseed, &csk, &cpk);
	YW_PASS(yw_vkey_make(c.origin, YW_NOTE_ED25519, &pk, &head));
	YW_PASS(yw_vkey_make("onenet.example/320000/cosign", YW_NOTE_COSIGNATURE, &cpk, &cosign));
	YW_PASS(yw_head_sign(&c, &sk, &pk, &b, &err));
	YW_PASS(yw_head_check(yw_buf_bytes(&b), &pk, &got, &err));
	YW_CHECK(got.size == 7 && strcmp(got.origin, c.origin) == 0 && yw_hash_equal(&got.root, &c.root));
	YW_FAILS(yw_head_check(yw_buf_bytes(&b), &cpk, &got, &err), YW_ESIG);

	YW_PASS(yw_note_parse(yw_buf_bytes(&b), &n, &err));
	YW_FAILS(yw_note_check(&n, &cosign, &time), YW_ENOENT);
	struct yw_buf line = YW_BUF_INIT;
	YW_PASS(yw_note_cosign(n.text, &cosign, &csk, 1800000000, &line, &err));
	yw_note_release(&n);
	yw_buf_add(&b, line.data, line.len);
	yw_buf_release(&line);
	YW_PASS(yw_note_parse(yw_buf_bytes(&b), &n, &err));
	YW_PASS(yw_note_check(&n, &cosign, &time));
	YW_CHECK(time == 1800000000);
	yw_note_release(&n);

	for (size_t bit = 0; bit < b.len * 8; bit++) {
		bool both;

		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		both = yw_note_parse(yw_buf_bytes(&b), &n, &err) == YW_OK;
		if (both) {
			both = yw_note_check(&n, &head, NULL) == YW_OK && yw_note_check(&n, &cosign, &time) == YW_OK;
			yw_note_release(&n);
		}
		YW_CHECK_MSG(!both, "both signatures hold with bit %zu flipped", bit);
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	yw_buf_release(&b);
}

static void
refused_checkpoints(void)
{
#define ROOT "B7oGuSkoV8iikB/Dwav96N1FGloM2Vh08O1YunO9jKY="
	static const char *const cases[] = {
		"", "o\n", "o\n1\n", "\n1\n" ROOT "\n", "o\n01\n" ROOT "\n", "o\n+1\n" ROOT "\n", "o\n\n" ROOT "\n",
		"o\n18446744073709551616\n" ROOT "\n", "o\n1\n" ROOT, "o\n1\n" ROOT "\nextension\n",
		"o\n1\nAAAA\n", "o\n1 \n" ROOT "\n",
	};
	struct yw_checkpoint c;
	struct yw_error err;

	YW_PASS(yw_checkpoint_parse(yw_bytes_str("o\n1\n" ROOT "\n"), &c, &err));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		YW_FAILS(yw_checkpoint_parse(yw_bytes_str(cases[i]), &c, &err), YW_EFORMAT);
}

YW_TESTS({ "C2SP signed-note: refused forms", refused_notes },
    { "C2SP signed-note: no control character but LF, wherever it stands", controls },
    { "signatures have a limit", too_many_signatures },
    { "B9 verifier keys: every bent byte is refused", refused_vkeys },
    { "R4 a head and a receipt: every flipped bit is noticed", sign_and_bend },
    { "C2SP tlog-checkpoint: refused forms", refused_checkpoints })
