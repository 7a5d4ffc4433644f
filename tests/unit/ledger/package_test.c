/*
 * What the bytes of a package decide by themselves: form, order, counts, hashes; and where a log breaks.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100" };
static struct yw_error err;

static struct yw_tnet *net;
static struct yw_tlog *t;
static struct yw_buf bodies[6];		/* of entries 1 (two), 2 (one), 3 (three) of the log */

/* A log of genesis and three entries with 2, 1 and 3 bodies. */
static void
make(void)
{
	struct yw_bytes spans[6];

	net = yw_tnet_new("onenet.example", codes, 2, "quorum none\n");
	t = yw_tnet_log(net, "320100");
	for (unsigned i = 0; i < 6; i++) {
		char id[64];

		snprintf(id, sizeof id, "320100/demand/%u", i);
		yw_buf_clear(&bodies[i]);
		yw_lrecord(id, 1, "pumps", &bodies[i]);
		spans[i] = yw_buf_bytes(&bodies[i]);
	}
	yw_tnet_add_bodies(t, spans, 2);
	yw_tnet_add_bodies(t, spans + 2, 1);
	yw_tnet_add_bodies(t, spans + 3, 3);
}

static void
drop(void)
{
	yw_tnet_free(net);
	for (unsigned i = 0; i < 6; i++)
		yw_buf_release(&bodies[i]);
}

/* Entries [start, start + n) and the bodies of `places`, "index/item" each. */
static void
build(struct yw_package *p, uint64_t start, size_t n, const char *places)
{
	static const unsigned first[] = { 0, 0, 2, 3 };
	unsigned long index, item;
	int used;

	*p = (struct yw_package) { .origin = t->origin, .start = start, .n_entries = n };
	p->entries = calloc(n + 1, sizeof *p->entries);
	p->bodies = calloc(8, sizeof *p->bodies);
	YW_CHECK(p->entries != NULL && p->bodies != NULL);
	for (size_t i = 0; i < n; i++)
		p->entries[i].envelope = yw_buf_bytes(&t->entries[start + i]);
	for (; sscanf(places, " %lu/%lu%n", &index, &item, &used) == 2; places += used)
		p->bodies[p->n_bodies++] = (struct yw_body) { .index = index, .item = (uint16_t)item,
			.bytes = yw_buf_bytes(&bodies[first[index & 3] + item < 6 ? first[index & 3] + item : 0]) };
}

static void
good(void)
{
	static const char *const some[] = { "", "1/0", "1/1", "2/0 3/2", "1/0 1/1 2/0 3/0 3/1 3/2" };
	struct yw_package p;

	make();
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		build(&p, 0, 4, some[i]);
		YW_PASS(yw_package_check(&p, &err));
		YW_CHECK(p.n_good == 4 && p.entries[3].e.n_items == 3);
		for (size_t b = 0; b < p.n_bodies; b++)
			YW_CHECK(p.bodies[b].form == YW_OK && p.bodies[b].record.revision == 1);
		yw_package_release(&p);
		YW_CHECK(p.entries == NULL && p.n_entries == 0);
	}
	drop();
}

static void
bad_bodies(void)
{
	static const char *const some[] = {
		"1/0 1/0",		/* twice */
		"1/1 1/0", "2/0 1/0",	/* falling */
		"1/2", "2/1",		/* of no item */
		"0/0",			/* of a trust entry */
		"4/0",			/* of no entry here */
	};
	struct yw_package p;

	make();
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		build(&p, 0, 4, some[i]);
		YW_CHECK_MSG(yw_package_check(&p, &err) == YW_EPEER, "'%s' passes", some[i]);
		yw_package_release(&p);
	}
	build(&p, 2, 2, "1/0 2/0");		/* below the start */
	YW_FAILS(yw_package_check(&p, &err), YW_EPEER);
	yw_package_release(&p);
	drop();
}

static void
counts(void)
{
	struct yw_package p;

	make();
	build(&p, 0, 0, "");
	YW_FAILS(yw_package_check(&p, &err), YW_EPEER);
	yw_package_release(&p);
	build(&p, 0, 2, "");
	p.start = YW_PACKAGE_ENTRIES - 1;	/* would cross a multiple of 256 */
	YW_FAILS(yw_package_check(&p, &err), YW_EPEER);
	p.start = YW_PACKAGE_ENTRIES - 2;
	YW_PASS(yw_package_check(&p, &err));
	yw_package_release(&p);
	build(&p, 0, 2, "");
	p.start = UINT64_MAX - 1;
	YW_PASS(yw_package_check(&p, &err));	/* nothing overflows; no log is that long */
	yw_package_release(&p);
	drop();
}

static void
other_hash(void)
{
	struct yw_package p;

	make();
	build(&p, 0, 4, "1/0 3/1");
	p.bodies[1].bytes = yw_buf_bytes(&bodies[0]);	/* a good record of another place */
	YW_FAILS(yw_package_check(&p, &err), YW_EPEER);
	yw_package_release(&p);
	for (size_t bit = 0; bit < bodies[3].len * 8; bit++) {
		build(&p, 3, 1, "3/0");
		bodies[3].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_FAILS(yw_package_check(&p, &err), YW_EPEER);
		bodies[3].data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		yw_package_release(&p);
	}
	for (size_t cut = 0; cut < bodies[3].len; cut++) {
		build(&p, 3, 1, "3/0");
		p.bodies[0].bytes.len = cut;
		YW_FAILS(yw_package_check(&p, &err), YW_EPEER);
		yw_package_release(&p);
	}
	drop();
}

/* The hash is right and what it stands for is no Record: the entry is fine, the item never counts. */
static void
formless(void)
{
	struct yw_buf big = YW_BUF_INIT, junk = YW_BUF_INIT;
	struct yw_package p;

	make();
	yw_buf_add_str(&junk, "no record");
	YW_CHECK(yw_buf_extend(&big, YW_BODY_MAX + 1) != NULL);
	memset(big.data, 0, big.len);
	yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&junk), yw_buf_bytes(&big), { NULL, 0 } }, 3);
	build(&p, 4, 1, "4/0 4/1 4/2");
	p.bodies[0].bytes = yw_buf_bytes(&junk);
	p.bodies[1].bytes = yw_buf_bytes(&big);
	p.bodies[2].bytes = (struct yw_bytes) { NULL, 0 };
	YW_PASS(yw_package_check(&p, &err));
	YW_CHECK(p.n_good == 1 && p.n_bodies == 3);
	YW_CHECK(p.bodies[0].form == YW_EFORMAT && p.bodies[1].form == YW_ELIMIT && p.bodies[2].form == YW_EFORMAT);
	yw_package_release(&p);
	yw_buf_release(&big);
	yw_buf_release(&junk);
	drop();
}

static void
check_broken(size_t at, const char *places, size_t bodies_left)
{
	struct yw_package p;

	build(&p, 0, 4, places);
	YW_PASS(yw_package_check(&p, &err));
	YW_CHECK_MSG(p.n_good == at && p.n_entries == 4, "good up to %zu, not %zu", p.n_good, at);
	YW_CHECK(p.n_bodies == bodies_left && p.broken.msg[0] != '\0');
	yw_package_release(&p);
}

static void
broken(void)
{
	for (size_t at = 0; at < 4; at++) {
		struct yw_buf *e;

		make();
		e = &t->entries[at];
		e->data[e->len - 1] ^= 1;	/* a bit of the signature */
		check_broken(at, "1/0 1/1 2/0 3/0", (size_t[]) { 0, 0, 2, 3 }[at]);
		e->data[e->len - 1] ^= 1;
		yw_buf_add_byte(e, 0);		/* not in one form */
		check_broken(at, "1/0 1/1 2/0 3/0", (size_t[]) { 0, 0, 2, 3 }[at]);
		e->len = 0;
		check_broken(at, "", 0);
		drop();
	}
}

static void
foreign(void)
{
	struct yw_package p;

	make();
	build(&p, 0, 4, "");
	p.origin = net->logs[0].origin;		/* the entries say another log */
	YW_PASS(yw_package_check(&p, &err));
	YW_CHECK(p.n_good == 0);
	yw_package_release(&p);
	drop();
}

static void
alone(void)
{
	struct yw_body b = { .index = 1 };
	struct yw_hash want;

	make();
	b.bytes = yw_buf_bytes(&bodies[5]);
	yw_body_check(&b);
	yw_sha256(b.bytes.data, b.bytes.len, &want);
	YW_CHECK(b.form == YW_OK && yw_hash_equal(&b.sha256, &want) && strcmp(b.record.id_text, "320100/demand/5") == 0);
	b.bytes.len--;
	yw_body_check(&b);
	YW_CHECK(b.form == YW_EFORMAT && !yw_hash_equal(&b.sha256, &want));
	drop();
}

YW_TESTS(
	{ "R3 entries, with any of their bodies in rising order", good },
	{ "R3 bodies twice, falling, or of no place here are a peer's fault", bad_bodies },
	{ "R3 no entries, and a multiple of 256 crossed", counts },
	{ "B6 a body of another hash is a peer's fault: another record, each bit, each cut", other_hash },
	{ "B5 B7 bytes of the right hash that are no Record say so", formless },
	{ "B3 L9 the first entry that breaks the log ends what is good, at any place", broken },
	{ "B3 entries of another origin break the log", foreign },
	{ "B6 a body that comes by itself", alone }
)
