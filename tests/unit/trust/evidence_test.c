/*
 * Evidence files: what they say, what they hold, and every way in which one is refused.
 */
#include "base/text.h"
#include "record/wire.h"
#include "record/kind.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/evidence.h"
#include "yiwang/v1/trust.pb-c.h"

#define POLICY "group g 2 320000 320100 320200 320205\nquorum g\n"

static const char *const codes[] = { "320000", "320100", "320200", "320102", "320205" };
static struct yw_error err;

/* A record of 320102, one per number, in one form. */
static void
body_of(const char *code, unsigned number, struct yw_buf *out)
{
	struct yw_buf id = YW_BUF_INIT;

	yw_buf_printf(&id, "%s/contract/%u", code, number);
	yw_buf_clear(out);
	yw_wire_add_bytes(out, 1, yw_buf_bytes(&id));
	yw_wire_add_number(out, 2, 1);
	yw_wire_add_number(out, 3, 1);
	yw_wire_add_bytes(out, 4, YW_BYTES_LIT("0123456789abcdef"));
	yw_wire_add_bytes(out, 7, YW_BYTES_LIT(""));
	yw_buf_release(&id);
}

/* Three records under one entry in the log of a county; beats everywhere. */
struct scene {
	struct yw_tnet *t;
	struct yw_buf bodies[3];
	struct yw_log_reader reader;
	struct yw_evidence_subject s;
};

static void
set_up(struct scene *c, const char *code, const char *policy)
{
	struct yw_bytes bodies[3];

	memset(c, 0, sizeof *c);
	c->t = yw_tnet_new("onenet.example", codes, sizeof codes / sizeof *codes, policy);
	yw_tnet_reader(c->t, &c->reader);
	for (unsigned i = 0; i < 3; i++) {
		body_of(code, i, &c->bodies[i]);
		bodies[i] = yw_buf_bytes(&c->bodies[i]);
	}
	c->s.origin = yw_tnet_log(c->t, code)->origin;
	c->s.index = yw_tnet_add_bodies(yw_tnet_log(c->t, code), bodies, 3);
	c->s.item = 1;
	c->s.body = bodies[1];
}

static void
beats(struct scene *c, const struct yw_treceipt *receipts, size_t n)
{
	for (size_t i = 0; i < c->t->n_logs; i++) {
		struct yw_tlog *l = &c->t->logs[i];

		if (strcmp(l->origin.text, c->s.origin.text) == 0)
			yw_tnet_beat(l, 1700000100, receipts, n);
		else
			yw_tnet_beat(l, 1700000050 + i, NULL, 0);
	}
	for (size_t i = 0; i < c->t->n_logs; i++)
		if (strcmp(c->t->logs[i].origin.text, c->s.origin.text) == 0)
			c->s.beat = yw_buf_bytes(&c->t->logs[i].beat);
}

static void
tear_down(struct scene *c)
{
	for (size_t i = 0; i < 3; i++)
		yw_buf_release(&c->bodies[i]);
	yw_tnet_free(c->t);
}

static void
make(struct scene *c, struct yw_buf *out)
{
	enum yw_code code;

	yw_buf_clear(out);
	code = yw_evidence_make(c->t->trust, &c->s, &c->reader, out, &err);
	YW_CHECK_MSG(code == YW_OK, "%s", err.msg);
}

static size_t
count(struct yw_buf *text, const char *word)
{
	const char *at = yw_buf_str(text);
	size_t n = 0;

	while ((at = strstr(at, word)) != NULL) {
		n++;
		at++;
	}
	return n;
}

static const struct yw_treceipt three[] = { { "320205", 1700000300 }, { "320000", 1700000200 }, { "320200", 1700000250 } };

static void
county(void)
{
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT, again = YW_BUF_INIT;
	struct scene c;
	struct yw_hash h;

	set_up(&c, "320102", POLICY);
	beats(&c, three, 3);
	make(&c, &text);
	YW_CHECK(yw_evidence_kind(yw_buf_bytes(&text)) == YW_EVIDENCE_RECORD);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(strcmp(v.origin.text, "onenet.example/320102") == 0 && strcmp(v.code.code, "320102") == 0);
	YW_CHECK(v.index == c.s.index && v.item == 1 && !v.withheld);
	YW_CHECK(yw_bytes_equal(v.body, yw_buf_bytes(&c.bodies[1])));
	yw_sha256(c.bodies[1].data, c.bodies[1].len, &h);
	YW_CHECK(yw_hash_equal(&v.body_sha256, &h));
	YW_CHECK(v.claimed_ms == YW_TNET_TIME_MS + (int64_t)c.s.index && v.beat_size == c.s.index + 1);
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.existed_by_s == 1700000250 && v.owner_time_s == 1700000100);
	YW_CHECK(v.network_version == 1 && !v.has_not_before);
	YW_CHECK(v.n_via == 3 && strcmp(v.via[0].code, "320000") == 0 && strcmp(v.via[1].code, "320100") == 0);

	/* As few as the quorum needs: the one of 320205 came too late to count. */
	YW_CHECK(v.n_receipts == 2 && strcmp(v.receipts[0].code.code, "320000") == 0 &&
	    strcmp(v.receipts[1].code.code, "320200") == 0);
	YW_CHECK(count(&text, "\nmirror ") == 2 && count(&text, "\nlink ") == 3);	/* two down, one to 320200 */

	/* "Not closed up to": by both logs on the way. */
	YW_CHECK(v.n_rosters == 2 && strcmp(v.rosters[0].issuer.code, "320000") == 0);
	YW_CHECK(strcmp(v.rosters[1].issuer.code, "320100") == 0 && strcmp(v.rosters[1].code.code, "320102") == 0);
	YW_CHECK(v.rosters[1].index == 2 && v.rosters[1].quorum == YW_QUORUM_NOT_MET);
	make(&c, &again);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&text), yw_buf_bytes(&again)));	/* canonical */
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	yw_buf_release(&again);
	tear_down(&c);
}

static void
others(void)
{
	static const char *const whose[] = { "320000", "320100", "320205" };

	for (size_t i = 0; i < 3; i++) {
		struct yw_evidence_verdict v;
		struct yw_buf text = YW_BUF_INIT;
		struct scene c;

		set_up(&c, whose[i], "quorum none\n");
		beats(&c, three, 3);
		make(&c, &text);
		YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
		YW_CHECK(strcmp(v.code.code, whose[i]) == 0 && v.quorum == YW_QUORUM_NONE && v.n_receipts == 0);
		YW_CHECK(count(&text, "\nmirror ") == 0 && count(&text, "\nlink ") == v.n_via - 1);
		yw_evidence_verdict_release(&v);
		yw_buf_release(&text);
		tear_down(&c);
	}
}

static void
withheld(void)
{
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT;
	struct scene c;

	set_up(&c, "320102", POLICY);
	beats(&c, three, 2);
	c.s.body = (struct yw_bytes) { NULL, 0 };
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.withheld && v.body.data == NULL);
	YW_CHECK(count(&text, "\nwithheld\n") == 1 && count(&text, "\nbody ") == 0);
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.existed_by_s == 1700000300);
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	tear_down(&c);
}

static void
quorum_missed(void)
{
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT;
	struct scene c;

	set_up(&c, "320102", POLICY);
	beats(&c, three, 1);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET && v.n_receipts == 1);
	YW_CHECK(count(&text, "\nmirror 320205\n") == 1 && count(&text, "\nlink ") == 4);
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	tear_down(&c);
}

/* Of receipts that all came in time, those are used whose chains are in the file anyhow. */
static void
cheapest(void)
{
	static const struct yw_treceipt all[] = { { "320205", 5 }, { "320200", 5 }, { "320100", 5 }, { "320000", 5 } };
	struct yw_buf text = YW_BUF_INIT;
	struct scene c;

	set_up(&c, "320102", POLICY);
	beats(&c, all, 4);
	make(&c, &text);
	YW_CHECK(count(&text, "\nmirror 320000\n") == 1 && count(&text, "\nmirror 320100\n") == 1);
	YW_CHECK(count(&text, "\nmirror ") == 2 && count(&text, "\nlink ") == 2);
	yw_buf_release(&text);
	tear_down(&c);
}

/* R9: a beat of the issuer, embedded before the record, with a quorum of its own. */
static void
not_before(void)
{
	static const struct yw_treceipt on_foreign[] = { { "320200", 1699999000 }, { "320205", 1699999500 } };
	Yiwang__V1__ForeignBeat beat = YIWANG__V1__FOREIGN_BEAT__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_bytes body;
	struct yw_tlog *issuer;
	struct scene c;

	set_up(&c, "320102", POLICY);
	issuer = yw_tnet_log(c.t, "320100");
	yw_tnet_beat(issuer, 1699998000, on_foreign, 2);
	beat.beat = (ProtobufCBinaryData) { issuer->beat.len, issuer->beat.data };
	m.kind_case = YIWANG__V1__TRUST__KIND_FOREIGN_BEAT;
	m.foreign_beat = &beat;
	YW_PASS(yw_wire_pack(&m.base, &trust, &err));
	c.s.foreign_index = yw_tnet_add_trust(yw_tnet_log(c.t, "320102"), yw_buf_bytes(&trust));
	c.s.has_foreign = true;
	body = yw_buf_bytes(&c.bodies[1]);
	YW_CHECK(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err) != YW_OK);	/* not below the entry */
	c.s.index = yw_tnet_add_bodies(yw_tnet_log(c.t, "320102"), &body, 1);
	c.s.item = 0;
	beats(&c, three, 3);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.has_not_before && v.not_before_s == 1699999500);
	YW_CHECK(v.existed_by_s == 1700000250 && v.n_receipts == 2);	/* not those of the foreign beat's mirrors */
	YW_CHECK(count(&text, "\nmirror ") == 3);
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	yw_buf_release(&trust);
	tear_down(&c);
}

/* The newest roster is proven by a beat that the mirrors of the file signed too. */
static void
roster_seen(void)
{
	static const struct yw_treceipt two[] = { { "320000", 1700000400 }, { "320200", 1700000500 } };
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT;
	struct scene c;

	set_up(&c, "320102", POLICY);
	beats(&c, three, 3);
	yw_tnet_beat(yw_tnet_log(c.t, "320100"), 1700000390, two, 2);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.rosters[1].quorum == YW_QUORUM_MET && v.rosters[1].seen_s == 1700000500 && v.rosters[1].n_seen_by == 2);
	YW_CHECK(strcmp(v.rosters[1].seen_by[0].code, "320000") == 0 && strcmp(v.rosters[1].seen_by[1].code, "320200") == 0);
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	tear_down(&c);
}

static void
not_made(void)
{
	struct yw_buf text = YW_BUF_INIT, other = YW_BUF_INIT;
	struct scene c;

	set_up(&c, "320102", POLICY);
	beats(&c, three, 3);
	c.s.item = 3;
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_EINVAL);
	c.s.item = 0;			/* the body is item 1's */
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_ESIG);
	c.s.item = 1;
	c.s.index = 0;			/* the genesis */
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_EINVAL);
	c.s.index = 99;
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_ENOENT);
	c.s.index = 1;
	c.s.beat = yw_buf_bytes(&yw_tnet_log(c.t, "320100")->beat);
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_EINVAL);
	snprintf(c.s.origin.text, sizeof c.s.origin.text, "onenet.example/320109");
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_EINVAL);
	YW_CHECK(text.len == 0);
	tear_down(&c);

	/* B6: the hash of another's record, borrowed. */
	set_up(&c, "320102", POLICY);
	body_of("320205", 1, &other);
	c.s.body = yw_buf_bytes(&other);
	c.s.index = yw_tnet_add_bodies(yw_tnet_log(c.t, "320102"), &c.s.body, 1);
	c.s.item = 0;
	beats(&c, three, 3);
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "counts for nothing") != NULL, "%s", err.msg);
	yw_buf_release(&other);
	yw_buf_release(&text);
	tear_down(&c);
}

/* --- Refused texts --- */

/* The nth line (from 1) replaced by another text, which may be empty or several lines. */
static void
with_line(const struct yw_buf *in, size_t nth, const char *text, struct yw_buf *out)
{
	struct yw_bytes rest = yw_buf_bytes(in), line;

	yw_buf_clear(out);
	for (size_t n = 1; yw_line_next(&rest, &line); n++) {
		if (n == nth) {
			yw_buf_add_str(out, text);
			continue;
		}
		yw_buf_add(out, line.data, line.len);
		yw_buf_add_byte(out, '\n');
	}
	yw_tnet_reseal(out);
}

static size_t
lines_of(const struct yw_buf *in)
{
	struct yw_bytes rest = yw_buf_bytes(in), line;
	size_t n = 0;

	while (yw_line_next(&rest, &line))
		n++;
	return n;
}

static void
line_at(const struct yw_buf *in, size_t nth, struct yw_buf *out)
{
	struct yw_bytes rest = yw_buf_bytes(in), line = { NULL, 0 };

	while (nth-- > 0)
		YW_CHECK(yw_line_next(&rest, &line));
	yw_buf_clear(out);
	yw_buf_add(out, line.data, line.len);
	yw_buf_add_byte(out, '\n');
}

/* Its first place of some text. */
static void
replace(const struct yw_buf *in, const char *with, const char *by, struct yw_buf *out)
{
	const char *at = strstr(yw_buf_str((struct yw_buf *)(uintptr_t)in), with);

	YW_CHECK(at != NULL);
	yw_buf_clear(out);
	yw_buf_add(out, in->data, (size_t)(at - (const char *)in->data));
	yw_buf_add_str(out, by);
	yw_buf_add_str(out, at + strlen(with));
	yw_tnet_reseal(out);
}

static enum yw_code
verify(const struct scene *c, const struct yw_buf *text)
{
	struct yw_evidence_verdict v;
	enum yw_code code = yw_evidence_verify(&c->t->network, yw_buf_bytes(text), &v, &err);

	if (code == YW_OK)
		yw_evidence_verdict_release(&v);
	return code;
}

/* Every line left out, doubled, or written another way. */
static void
refused_lines(void)
{
	struct yw_buf good = YW_BUF_INIT, bent = YW_BUF_INIT, line = YW_BUF_INIT, twice = YW_BUF_INIT;
	struct scene c;
	size_t n;

	set_up(&c, "320102", POLICY);
	beats(&c, three, 3);
	make(&c, &good);
	n = lines_of(&good);
	for (size_t i = 1; i < n; i++) {
		line_at(&good, i, &line);
		/* Without a roster and its proof, or without a mirror that has no links, it says less but stands. */
		with_line(&good, i, "", &bent);
		if (strncmp(yw_buf_str(&line), "mirror 320000", 13) != 0)
			YW_CHECK_MSG(verify(&c, &bent) != YW_OK, "without line %zu: %.20s", i, yw_buf_str(&line));
		yw_buf_clear(&twice);
		yw_buf_add(&twice, line.data, line.len);
		yw_buf_add(&twice, line.data, line.len);
		with_line(&good, i, yw_buf_str(&twice), &bent);
		YW_CHECK_MSG(verify(&c, &bent) != YW_OK, "line %zu twice: %.20s", i, yw_buf_str(&line));
		line.len--;
		yw_buf_add_str(&line, " \n");
		with_line(&good, i, yw_buf_str(&line), &bent);
		YW_CHECK_MSG(verify(&c, &bent) != YW_OK, "line %zu with a space: %.20s", i, yw_buf_str(&line));
		line.len -= 2;
		yw_buf_add_str(&line, "\r\n");
		with_line(&good, i, yw_buf_str(&line), &bent);
		YW_CHECK_MSG(verify(&c, &bent) != YW_OK, "line %zu with CR: %.20s", i, yw_buf_str(&line));
	}
	yw_buf_release(&good);
	yw_buf_release(&bent);
	yw_buf_release(&line);
	yw_buf_release(&twice);
	tear_down(&c);
}

static void
refused_texts(void)
{
	static const struct { const char *with, *by; enum yw_code want; const char *says; } cases[] = {
		{ "\nitem 1\n", "\nitem 0\n", YW_ESIG, "item" },
		{ "\nitem 1\n", "\nitem 3\n", YW_ESIG, "item" },
		{ "\nitem 1\n", "\nitem 01\n", YW_EFORMAT, "item" },
		{ "\nitem 1\n", "\nitem 256\n", YW_EFORMAT, "item" },
		{ "\nmirror 320200\n", "\nmirror 320100\n", YW_EINVAL, "mirror 320100" },
		{ "\nmirror 320200\n", "\nmirror 310000\n", YW_EFORMAT, "sorted" },
		{ "\nmirror 320200\n", "\nmirror 3202\n", YW_EFORMAT, "no code" },
		{ "yiwang-evidence/v1 record\n", "yiwang-evidence/v1 contradiction\n", YW_EFORMAT, "start" },
		{ "yiwang-evidence/v1 record\n", "yiwang-evidence/v2 record\n", YW_EFORMAT, "start" },
		{ "\nbody ", "\nwithheld\nbody ", YW_EFORMAT, "belong" },
	};
	struct yw_buf good = YW_BUF_INIT, bent = YW_BUF_INIT;
	struct scene c;

	set_up(&c, "320102", POLICY);
	beats(&c, three, 3);
	make(&c, &good);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got;

		replace(&good, cases[i].with, cases[i].by, &bent);
		got = verify(&c, &bent);
		YW_CHECK_MSG(got == cases[i].want && strstr(err.msg, cases[i].says) != NULL, "case %zu: '%s' %s", i,
		    yw_code_name(got), err.msg);
	}
	YW_FAILS(verify(&c, &(struct yw_buf)YW_BUF_INIT), YW_EFORMAT);
	yw_buf_release(&good);
	yw_buf_release(&bent);
	tear_down(&c);
}

/* Each section takes the place of another: the one of another record, log or network. */
static void
foreign_parts(void)
{
	static const char *const two[] = { "320000", "320100" };
	struct yw_buf a = YW_BUF_INIT, b = YW_BUF_INIT, bent = YW_BUF_INIT, line = YW_BUF_INIT;
	struct scene county_scene, city;

	set_up(&county_scene, "320102", POLICY);
	beats(&county_scene, three, 3);
	make(&county_scene, &a);
	set_up(&city, "320205", POLICY);
	beats(&city, three + 1, 2);
	make(&city, &b);
	YW_CHECK(lines_of(&b) == lines_of(&a) || lines_of(&b) > 8);
	for (size_t i = 2; i < lines_of(&a) && i < lines_of(&b); i++) {
		struct yw_buf mine = YW_BUF_INIT;

		line_at(&a, i, &mine);
		line_at(&b, i, &line);
		if (!yw_bytes_equal(yw_buf_bytes(&mine), yw_buf_bytes(&line))) {
			with_line(&a, i, yw_buf_str(&line), &bent);
			YW_CHECK_MSG(verify(&county_scene, &bent) != YW_OK, "line %zu of another file: %.12s", i,
			    yw_buf_str(&line));
		}
		yw_buf_release(&mine);
	}

	/* Another network, one with the same name and roots, and another version 1. */
	struct yw_tnet *same = yw_tnet_new("onenet.example", two, 2, "quorum none\n");
	struct yw_tnet *other = yw_tnet_new("other.example", two, 2, "quorum none\n");
	struct yw_evidence_verdict v;

	YW_FAILS(yw_evidence_verify(&other->network, yw_buf_bytes(&a), &v, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "another network") != NULL, "%s", err.msg);
	YW_FAILS(yw_evidence_verify(&same->network, yw_buf_bytes(&a), &v, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "another than ours") != NULL, "%s", err.msg);
	yw_tnet_free(same);
	yw_tnet_free(other);
	yw_buf_release(&a);
	yw_buf_release(&b);
	yw_buf_release(&bent);
	yw_buf_release(&line);
	tear_down(&county_scene);
	tear_down(&city);
}

static void
too_long(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_evidence_verdict v;
	struct scene c;

	set_up(&c, "320102", "quorum none\n");
	YW_CHECK(yw_buf_extend(&b, YW_EVIDENCE_MAX + 1) != NULL);
	memset(b.data, 'a', b.len);
	YW_FAILS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&b), &v, &err), YW_ELIMIT);
	yw_buf_release(&b);
	tear_down(&c);
}

/* Keys of every tier and of a mirror changed, and version 3 of the network file: from version 1 alone. */
static void
keys_changed(void)
{
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT;
	struct scene c;
	struct yw_tlog *top, *city, *county;

	set_up(&c, "320102", POLICY);
	top = yw_tnet_log(c.t, "320000");
	city = yw_tnet_log(c.t, "320100");
	county = yw_tnet_log(c.t, "320102");
	yw_tnet_rotate(top, NULL, "320000 k1");
	yw_tnet_rotate(city, top, "320100 k1");
	yw_tnet_rotate(county, city, "320102 k1");
	yw_tnet_rotate(yw_tnet_log(c.t, "320200"), top, "320200 k1");
	yw_tnet_rotate(top, NULL, "320000 k2");
	beats(&c, three, 3);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(count(&text, "\nnetwork ") == 3 && count(&text, "\nlink ") == 4);	/* and the first node's own */
	YW_CHECK(v.network_version == 3 && v.n_via == 3 && v.generation == 1 && !v.recovery);
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.existed_by_s == 1700000250 && v.n_receipts == 2 && v.n_rosters == 2);
	yw_evidence_verdict_release(&v);

	/* Whoever has version 2 or 3 already says the same. */
	for (size_t i = 1; i < 3; i++) {
		YW_PASS(yw_evidence_verify(yw_trust_network_at(c.t->trust, i), yw_buf_bytes(&text), &v, &err));
		yw_evidence_verdict_release(&v);
	}

	/* A record of the first node itself: its key changes are all the chain there is. */
	c.s = (struct yw_evidence_subject) { .origin = top->origin };
	yw_buf_clear(&c.bodies[0]);
	body_of("320000", 1, &c.bodies[0]);
	c.s.body = yw_buf_bytes(&c.bodies[0]);
	c.s.index = yw_tnet_add_bodies(top, &c.s.body, 1);
	beats(&c, three, 1);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.n_via == 1 && strcmp(v.via[0].code, "320000") == 0);
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	tear_down(&c);
}

/* What was registered before a closing stays evidence; only "not closed" is not said any more. */
static void
closed(void)
{
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT;
	struct scene c;
	struct yw_tlog *county;

	set_up(&c, "320102", POLICY);
	county = yw_tnet_log(c.t, "320102");
	beats(&c, three, 3);
	yw_tnet_close(county, yw_tnet_log(c.t, "320100"));
	yw_tnet_beat(yw_tnet_log(c.t, "320100"), 1700000900, NULL, 0);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.n_rosters == 1 && strcmp(v.rosters[0].code.code, "320100") == 0);
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	tear_down(&c);
}

/* No beat covers the record: the closing does, and the beat that covers that says by when. */
static void
past_last_beat(const char *closer, bool doubted)
{
	static const struct yw_treceipt two[] = { { "320200", 1700000950 }, { "320205", 1700000970 } };
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT, again = YW_BUF_INIT, head = YW_BUF_INIT;
	struct yw_closing_draft d;
	struct scene c;
	struct yw_tlog *county, *by;
	uint64_t index;

	set_up(&c, "320102", POLICY);
	county = yw_tnet_log(c.t, "320102");
	by = yw_tnet_log(c.t, closer);
	beats(&c, NULL, 0);
	c.s.beat = (struct yw_bytes) { NULL, 0 };
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_ENOENT);	/* it is open */
	if (strcmp(closer, "320100") != 0)
		yw_tnet_close(yw_tnet_log(c.t, "320100"), by);
	yw_tnet_draft_closing(county, county->n, &d, &head);
	d.doubted = doubted;
	d.doubted_from = c.s.index;
	index = yw_tnet_add_closing(by, &d, true);
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_ENOENT);	/* no beat covers the closing */
	yw_tnet_beat(by, 1700000900, two, 2);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.closed && strcmp(v.closing.issuer.code, closer) == 0 && v.closing.place.index == index);
	YW_CHECK(v.closing.doubted == doubted && v.doubted == doubted && v.index == c.s.index && v.item == 1);
	YW_CHECK(yw_bytes_equal(v.body, yw_buf_bytes(&c.bodies[1])) && v.n_via == 3);
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.existed_by_s == 1700000970 && v.n_receipts == 2 && v.owner_time_s == 1700000900);
	YW_CHECK(count(&text, "\nclosing ") == 1 && count(&text, "\nmirror ") == 2);
	make(&c, &again);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&text), yw_buf_bytes(&again)));
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	yw_buf_release(&again);
	yw_buf_release(&head);
	tear_down(&c);
}

static void
closings_stand(void)
{
	past_last_beat("320100", false);
	past_last_beat("320100", true);
	past_last_beat("320000", false);	/* that acts for a city that is closed */
}

/* The closing of another log, one that ends before the entry, a proof into another head, a line too many. */
static void
closings_refused(void)
{
	struct yw_buf text = YW_BUF_INIT, bent = YW_BUF_INIT, other = YW_BUF_INIT, line = YW_BUF_INIT;
	struct scene c;
	struct yw_tlog *county, *city;
	size_t at;

	set_up(&c, "320102", POLICY);
	county = yw_tnet_log(c.t, "320102");
	city = yw_tnet_log(c.t, "320100");
	beats(&c, NULL, 0);
	c.s.beat = (struct yw_bytes) { NULL, 0 };
	yw_tnet_close(county, city);
	yw_tnet_beat(city, 1700000900, NULL, 0);
	make(&c, &text);

	/* Without the closing the head is no beat; the closing twice, or without its proof, belongs nowhere. */
	for (at = 0; at < lines_of(&text); at++) {
		line_at(&text, at, &line);
		if (strncmp(yw_buf_str(&line), "closing ", 8) == 0)
			break;
	}
	YW_CHECK(at < lines_of(&text));
	for (size_t gone = at; gone < at + 2; gone++) {
		with_line(&text, gone, "", &bent);
		YW_CHECK_MSG(verify(&c, &bent) == YW_EFORMAT, "%s", err.msg);
	}
	with_line(&text, at + 1, "", &other);
	with_line(&other, at, "", &bent);
	YW_CHECK_MSG(verify(&c, &bent) == YW_ESIG, "%s", err.msg);
	yw_buf_release(&text);
	yw_buf_release(&bent);
	yw_buf_release(&other);
	yw_buf_release(&line);
	tear_down(&c);

	/* An entry beyond the end is evidence of nothing. */
	set_up(&c, "320102", POLICY);
	county = yw_tnet_log(c.t, "320102");
	city = yw_tnet_log(c.t, "320100");
	{
		struct yw_closing_draft d;
		struct yw_buf head = YW_BUF_INIT;

		yw_tnet_draft_closing(county, c.s.index, &d, &head);
		yw_tnet_add_closing(city, &d, true);
		yw_buf_release(&head);
	}
	yw_tnet_beat(city, 1700000900, NULL, 0);
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_ENOENT);
	tear_down(&c);
}

/* T6: a beat covers the record, and whoever closed the log later doubts it. */
static void
doubted(void)
{
	struct yw_buf text = YW_BUF_INIT, bent = YW_BUF_INIT, line = YW_BUF_INIT, head = YW_BUF_INIT;
	struct yw_evidence_verdict v;
	struct yw_closing_draft d;
	struct yw_tlog *city;
	struct scene c;
	size_t at = 1;

	set_up(&c, "320102", POLICY);
	city = yw_tnet_log(c.t, "320100");
	beats(&c, three, 3);
	yw_tnet_draft_closing(yw_tnet_log(c.t, "320102"), yw_tnet_log(c.t, "320102")->n, &d, &head);
	d.doubted = true;
	d.doubted_from = c.s.index;
	yw_tnet_add_closing(city, &d, true);
	yw_tnet_beat(city, 1700000900, NULL, 0);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.doubted && strcmp(v.doubted_by.code, "320100") == 0 && !v.closed && v.quorum == YW_QUORUM_MET);
	YW_CHECK(count(&text, "\ndoubted ") == 1 && v.n_rosters == 1);
	yw_evidence_verdict_release(&v);

	/* In place of a beat it is no beat; the beat's own receipts do not prove it. */
	for (line_at(&text, at, &line); strncmp(yw_buf_str(&line), "doubted ", 8) != 0; line_at(&text, ++at, &line))
		;
	yw_buf_clear(&bent);
	yw_buf_add_str(&bent, "closing");
	yw_buf_add(&bent, line.data + 7, line.len - 7);
	with_line(&text, at, yw_buf_str(&bent), &line);
	YW_CHECK_MSG(verify(&c, &line) == YW_EFORMAT && strstr(err.msg, "head as the closing has it") != NULL, "%s", err.msg);
	with_line(&text, at + 1, "", &bent);
	YW_CHECK_MSG(verify(&c, &bent) == YW_EFORMAT && strstr(err.msg, "'proof' belongs here") != NULL, "%s", err.msg);
	yw_buf_release(&head);
	tear_down(&c);

	/* From a later entry on: this one stands undoubted, and nothing need be said. */
	set_up(&c, "320102", POLICY);
	yw_tnet_add_bodies(yw_tnet_log(c.t, "320102"), &c.s.body, 1);
	beats(&c, three, 3);
	yw_tnet_draft_closing(yw_tnet_log(c.t, "320102"), yw_tnet_log(c.t, "320102")->n, &d, &head);
	d.doubted = true;
	d.doubted_from = c.s.index + 1;
	yw_tnet_add_closing(yw_tnet_log(c.t, "320100"), &d, true);
	yw_tnet_beat(yw_tnet_log(c.t, "320100"), 1700000900, NULL, 0);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(!v.doubted && count(&text, "\ndoubted ") == 0);
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	yw_buf_release(&bent);
	yw_buf_release(&line);
	yw_buf_release(&head);
	tear_down(&c);
}

/* The first node's log ends by the network file, which tells no time: a later log of it that holds this version does. */
static void
first_node_ends(void)
{
	static const struct yw_treceipt two[] = { { "320100", 1700000600 }, { "320205", 1700000700 } };
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT, bent = YW_BUF_INIT;
	struct yw_tlog *next;
	struct scene c;

	set_up(&c, "320000", POLICY);
	beats(&c, NULL, 0);
	c.s.beat = (struct yw_bytes) { NULL, 0 };
	next = yw_tnet_replace_first(c.t, "320000 second");
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.closed && v.closing.issuer.code[0] == '\0' && v.closing.place.index == 2 && !v.logged);
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET && v.n_receipts == 0 && v.beat_size == 0 && v.owner_time_s == 0);
	YW_CHECK(count(&text, "\nended 2\n") == 1 && count(&text, "\nlogged ") == 0);
	yw_evidence_verdict_release(&v);

	YW_CHECK(yw_tnet_add_version(next) == 1);	/* and with no beat over it that says no more */
	make(&c, &bent);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&text), yw_buf_bytes(&bent)));
	yw_tnet_beat(next, 1700000550, two, 2);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.logged && v.logged_at.index == 1 && strcmp(v.logged_at.origin.text, next->origin.text) == 0);
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.existed_by_s == 1700000700 && v.owner_time_s == 1700000550 && v.beat_size == 2);
	YW_CHECK(count(&text, "\nlogged ") == 1 && count(&text, "\nmirror ") == 2);
	yw_evidence_verdict_release(&v);

	/* Another version; none; a record that stands behind the end. */
	replace(&text, "\nended 2\n", "\nended 1\n", &bent);
	YW_CHECK_MSG(verify(&c, &bent) == YW_EINVAL && strstr(err.msg, "not what ends") != NULL, "%s", err.msg);
	replace(&text, "\nended 2\n", "\nended 0\n", &bent);
	YW_CHECK_MSG(verify(&c, &bent) == YW_EFORMAT && strstr(err.msg, "no version") != NULL, "%s", err.msg);
	c.s.index = yw_tnet_add_bodies(&c.t->logs[0], &c.s.body, 1);
	c.s.item = 0;
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &bent, &err), YW_ENOENT);
	yw_buf_release(&text);
	yw_buf_release(&bent);
	tear_down(&c);
}

/* --- What ended a mirror's key (T12) --- */

/* The scene of a county whose beat 320000 and 320200 have signed, and the latter was closed since. */
static void
cut(struct scene *c, struct yw_tlog *by)
{
	beats(c, three + 1, 2);
	yw_tnet_close(yw_tnet_log(c->t, "320200"), by);
	c->s.met_when_seen = true;
}

static void
mirror_cut(void)
{
	struct yw_buf text = YW_BUF_INIT, again = YW_BUF_INIT;
	struct yw_evidence_verdict v;
	struct yw_tlog *top;
	struct scene c;

	set_up(&c, "320102", POLICY);
	top = yw_tnet_log(c.t, "320000");
	cut(&c, top);
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &text, &err), YW_ENOENT);	/* no beat covers the closing */
	yw_tnet_beat(top, 1700000900, NULL, 0);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET && v.met_when_seen && v.seen_s == 1700000250);
	YW_CHECK(strcmp(v.cut_by.code, "320000") == 0 && v.n_receipts == 2 && !v.receipts[0].cut && v.receipts[1].cut);
	YW_CHECK(strcmp(v.receipts[1].code.code, "320200") == 0 && strcmp(v.receipts[1].cut_by.code, "320000") == 0);
	YW_CHECK(count(&text, "\nclosing ") == 1 && count(&text, "\nmirror ") == 2);
	yw_evidence_verdict_release(&v);
	make(&c, &again);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&text), yw_buf_bytes(&again)));

	/* It goes on in a next log with other keys: what is cut stays cut, and that log is not needed. */
	(void)yw_tnet_reopen(&c.t->logs[2], top, "320200 second");
	yw_tnet_beat(top, 1700000950, NULL, 0);
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.met_when_seen && v.seen_s == 1700000250 && count(&text, "\nlink ") == 3);
	yw_evidence_verdict_release(&v);

	c.s.met_when_seen = false;		/* who has not seen it cannot say so */
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET && !v.met_when_seen && v.n_receipts == 1 && count(&text, "\nclosing ") == 0);
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	yw_buf_release(&again);
	tear_down(&c);
}

/* Enough others have signed: nothing that was cut is needed. */
static void
met_without(void)
{
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT;
	struct scene c;

	set_up(&c, "320102", POLICY);
	beats(&c, three, 3);
	yw_tnet_close(yw_tnet_log(c.t, "320200"), yw_tnet_log(c.t, "320000"));
	c.s.met_when_seen = true;
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.existed_by_s == 1700000300 && !v.met_when_seen && v.n_receipts == 2);
	YW_CHECK(count(&text, "\nclosing ") == 0);
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	tear_down(&c);
}

/* The first node's receipt is cut by the network file, which needs no line; also by one that came after the evidence. */
static void
cut_by_roots(void)
{
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT;
	struct scene c;

	set_up(&c, "320102", POLICY);
	beats(&c, three + 1, 2);
	for (int later = 1; later >= 0; later--) {
		if (later == 0)
			c.s.met_when_seen = true;
		make(&c, &text);
		if (later == 1)
			(void)yw_tnet_replace_first(c.t, "320000 second");
		YW_PASS(yw_evidence_verify(yw_trust_network(c.t->trust), yw_buf_bytes(&text), &v, &err));
		YW_CHECK(v.network_version == 2 && v.quorum == YW_QUORUM_NOT_MET && v.met_when_seen && v.seen_s == 1700000250);
		YW_CHECK(v.cut_by.code[0] == '\0' && v.receipts[0].cut && !v.receipts[1].cut);
		YW_CHECK(count(&text, "\nclosing ") == 0 && count(&text, "\nmirror 320000\n") == 1);
		yw_evidence_verdict_release(&v);
	}
	yw_buf_release(&text);
	tear_down(&c);
}

static void
endings_refused(void)
{
	struct yw_buf text = YW_BUF_INIT, other = YW_BUF_INIT, bent = YW_BUF_INIT, line = YW_BUF_INIT;
	struct yw_evidence_verdict v;
	struct scene c, d;
	size_t at = 1;

	set_up(&c, "320102", POLICY);
	cut(&c, yw_tnet_log(c.t, "320000"));
	yw_tnet_beat(yw_tnet_log(c.t, "320000"), 1700000900, NULL, 0);
	make(&c, &text);
	set_up(&d, "320102", POLICY);		/* the same, but that 320205 was closed */
	beats(&d, (const struct yw_treceipt[]) { { "320205", 1700000300 }, { "320000", 1700000200 } }, 2);
	yw_tnet_close(yw_tnet_log(d.t, "320205"), yw_tnet_log(d.t, "320200"));
	yw_tnet_beat(yw_tnet_log(d.t, "320200"), 1700000900, NULL, 0);
	d.s.met_when_seen = true;
	make(&d, &other);
	for (line_at(&text, at, &line); strncmp(yw_buf_str(&line), "closing ", 8) != 0; line_at(&text, ++at, &line))
		;

	/* What nobody can show is that a mirror was not closed: without its ending the file is as it was before. */
	with_line(&text, at + 1, "", &bent);
	YW_CHECK_MSG(verify(&c, &bent) == YW_EFORMAT && strstr(err.msg, "'proof' belongs here") != NULL, "%s", err.msg);
	with_line(&bent, at, "", &line);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&line), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.existed_by_s == 1700000250 && !v.met_when_seen);
	yw_evidence_verdict_release(&v);

	/* That of another; an entry that is no closing; one under a mirror that it does not end; a bit of it. */
	for (size_t n = 1; ; n++) {
		line_at(&other, n, &line);
		if (strncmp(yw_buf_str(&line), "closing ", 8) == 0) {
			with_line(&text, at, yw_buf_str(&line), &bent);
			YW_CHECK_MSG(verify(&c, &bent) == YW_ESIG && strstr(err.msg, "(closing)") != NULL, "%s", err.msg);
			break;
		}
	}
	line_at(&text, 4, &line);		/* a roster of the same log, and its proof */
	YW_CHECK(strncmp(yw_buf_str(&line), "roster ", 7) == 0);
	yw_buf_clear(&other);
	yw_buf_add_str(&other, "closing");
	yw_buf_add(&other, line.data + 6, line.len - 6);
	with_line(&text, at, yw_buf_str(&other), &bent);
	line_at(&text, 5, &line);
	with_line(&bent, at + 1, yw_buf_str(&line), &other);
	YW_CHECK_MSG(verify(&c, &other) == YW_EINVAL && strstr(err.msg, "it is no closing") != NULL, "%s", err.msg);
	replace(&text, "\nmirror 320200\n", "\nmirror 320100\n", &bent);
	YW_CHECK_MSG(verify(&c, &bent) == YW_EINVAL && strstr(err.msg, "mirror 320100") != NULL, "%s", err.msg);
	yw_buf_release(&text);
	yw_buf_release(&other);
	yw_buf_release(&bent);
	yw_buf_release(&line);
	tear_down(&c);
	tear_down(&d);
}

/* T15: by the newest network file it is not met, by an older one it is. */
static void
older_quorum(void)
{
	struct yw_evidence_verdict v;
	struct yw_buf text = YW_BUF_INIT;
	struct scene c;

	set_up(&c, "320102", POLICY);
	beats(&c, three, 2);
	yw_tnet_version(c.t, &(struct yw_network_change) { .policy_lines = "quorum 320100\n" });
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.network_version == 2 && v.quorum == YW_QUORUM_NOT_MET && v.met_version == 1 && v.n_receipts == 2);
	yw_evidence_verdict_release(&v);
	yw_buf_release(&text);
	tear_down(&c);
}

/* A record that a registrar signed: the statement that names its key goes with it. */
static void
signed_elsewhere(void)
{
	struct yw_buf text = YW_BUF_INIT, other = YW_BUF_INIT, bent = YW_BUF_INIT, line = YW_BUF_INIT;
	struct yw_evidence_verdict v;
	struct yw_key_set keys[2];
	uint64_t index, named[2];
	struct yw_tlog *county;
	struct scene c;
	size_t at;

	set_up(&c, "320102", POLICY);
	county = yw_tnet_log(c.t, "320102");
	for (size_t i = 0; i < 2; i++) {
		yw_tnet_keys(i == 0 ? "registrar" : "another", &keys[i]);
		named[i] = yw_tnet_add_registrar(county, &keys[i].pub.entry, false);
	}
	index = yw_tnet_add_bodies_by(county, &keys[0], &c.s.body, 1);
	c.s.item = 0;
	c.s.index = yw_tnet_add_bodies_by(county, &keys[1], &c.s.body, 1);
	yw_tnet_add_registrar(county, &keys[0].pub.entry, true);	/* what it signed before stays */
	beats(&c, three, 3);
	make(&c, &other);
	c.s.index = index;
	make(&c, &text);
	YW_PASS(yw_evidence_verify(&c.t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.by_registrar && yw_pubkey_equal(&v.registrar, &keys[0].pub.entry) && v.registrar_index == named[0]);
	YW_CHECK(v.registrar_kinds == 1u << YW_KIND_CONTRACT && v.quorum == YW_QUORUM_MET && v.index == index);
	yw_evidence_verdict_release(&v);

	for (at = 0; at < lines_of(&text); at++) {
		line_at(&text, at, &line);
		if (strncmp(yw_buf_str(&line), "registrar ", 10) == 0)
			break;
	}
	with_line(&text, at + 1, "", &bent);		/* without it the key is nobody's */
	with_line(&bent, at, "", &line);
	YW_CHECK_MSG(verify(&c, &line) == YW_ESIG && strstr(err.msg, "was not valid there") != NULL, "%s", err.msg);
	line_at(&other, at, &line);			/* so it is with the statement about another */
	with_line(&text, at, yw_buf_str(&line), &bent);
	line_at(&other, at + 1, &line);
	with_line(&bent, at + 1, yw_buf_str(&line), &other);
	YW_CHECK_MSG(verify(&c, &other) == YW_ESIG && strstr(err.msg, "was not valid there") != NULL, "%s", err.msg);

	c.s.index = yw_tnet_add_bodies_by(county, &keys[0], &c.s.body, 1);	/* signed after its end */
	beats(&c, three, 3);
	YW_FAILS(yw_evidence_make(c.t->trust, &c.s, &c.reader, &bent, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "was not valid there") != NULL, "%s", err.msg);
	yw_buf_release(&text);
	yw_buf_release(&other);
	yw_buf_release(&bent);
	yw_buf_release(&line);
	tear_down(&c);
}

YW_TESTS({ "L10 B12 T6 past the last beat of a closed log the closing stands for it, and who doubts is said", closings_stand },
    { "L10 B12 what does not hold of such a file", closings_refused },
    { "T6 B12 a record that a beat covers, and the closing that doubts it", doubted },
    { "L10 T1 B12 past the first node's last beat: the network file, and the log that says by when", first_node_ends },
    { "T12 B12 what ended a mirror's key goes with it: met when seen, cut by", mirror_cut },
    { "T12 B12 receipts that were cut and are not needed stay out", met_without },
    { "T12 B12 receipts that the network file cuts", cut_by_roots },
    { "T12 B12 an ending that is another's, no closing, or left out", endings_refused },
    { "T15 B12 a quorum that only an older network file sees met is named", older_quorum },
    { "B12 T5 T1 T16 every key on the way changed, and the network file", keys_changed },
    { "B12 T6 a record of a log that was closed", closed },
    { "B12 T13 a record that a registrar signed, and the statement that names its key", signed_elsewhere },
    { "B12 T16 R9 a county's record: every word of the verdict", county },
    { "B12 records of the first node, a city, another county; quorum none", others },
    { "B12 V1 a withheld body", withheld },
    { "B12 T15 no quorum: all of its codes that signed", quorum_missed },
    { "B12 only as many mirrors as the quorum needs, the cheapest", cheapest },
    { "B12 R9 not before", not_before },
    { "B12 T11 the newest roster, seen by the mirrors", roster_seen },
    { "B12 B6 what no evidence is made of", not_made },
    { "B12 every line left out, doubled, with a space, with CR", refused_lines },
    { "B12 refused texts", refused_texts },
    { "B12 T1 parts of another file; another network", foreign_parts },
    { "B12 more than 16 MiB", too_long })
