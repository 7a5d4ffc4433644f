/*
 * doubles_test.c - two offices register the same thing: both are kept, and listed as possible doubles; what is not in force,
 * or not for this node to see, is not.
 *
 *	320000 --- 320100 --+-- 320102
 *	                    +-- 320104
 */
#include "record/record.h"
#include "support/lnet.h"
#include "support/records.h"
#include "support/testing.h"
#include "support/tservice.h"

static const char *const codes[] = { "320000", "320100", "320102", "320104" };
#define NUMBER "2025320102000017"	/* of the sample contract */
#define TOP 0
#define CITY 1
#define ONE 2
#define OTHER 3

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;

static void
begin(void)
{
	net = yw_lnet_new(codes, 4, "quorum none\n");
	yw_lnet_join(net);
}

static void
at(size_t which)
{
	yw_lnet_sync(net);
	yw_tservice_over(&s, &net->n[which]);
}

static void
leave(void)
{
	yw_asked_release(&a);
	yw_tservice_leave(&s);
}

static void
put(size_t which, const char *id, uint32_t revision, const char *json, const struct yw_audience *to)
{
	yw_lnode_put_json(&net->n[which], id, revision, json, to);
}

#define CONTRACT(number) "{\"contract\":{\"registration_number\":\"" number "\"}}"

/* All of them, as "number:id id number:id id", asked in pages of one. */
static const char *
doubles(const char *params)
{
	static struct yw_buf text = YW_BUF_INIT;
	char after[400] = "", p[600], path[64];

	yw_buf_clear(&text);
	do {
		snprintf(p, sizeof p, "{\"limit\":1%s%s%s%s%s}", *params != '\0' ? "," : "", params, *after != '\0' ? ",\"after\":\"" : "", after,
		    *after != '\0' ? "\"" : "");
		MUST(yw_asks(&a, &s, "record.doubles", p));
		YW_CHECK(yw_asked_at(&a, "items.1") == NULL);
		if (yw_asked_at(&a, "items.0") != NULL)
			yw_buf_printf(&text, "%s%s:", text.len != 0 ? " " : "", yw_asked_text(&a, "items.0.number"));
		for (int i = 0; i < 40; i++) {
			snprintf(path, sizeof path, "items.0.records.%d.id", i);
			if (yw_asked_at(&a, path) != NULL)
				yw_buf_printf(&text, "%s%s", i > 0 ? " " : "", yw_asked_text(&a, path));
		}
		snprintf(after, sizeof after, "%s", yw_asked_text(&a, "next"));
	} while (*after != '\0');
	return yw_buf_str(&text);
}

#define LISTED(params, want)                                                                    \
	do {                                                                                    \
		const char *got_ = doubles(params);                                             \
		YW_CHECK_MSG(strcmp(got_, want) == 0, "'%s', not '%s'", got_, want);            \
	} while (0)

static void
both(void)
{
	begin();
	put(ONE, "320102/contract/a", 1, yw_sample_contract, &yw_unconditional);
	put(ONE, "320102/contract/b", 1, CONTRACT("2025320102000018"), &yw_unconditional);
	put(OTHER, "320104/contract/" NUMBER, 1, yw_sample_contract, &yw_open);
	put(OTHER, "320104/contract/b", 1, CONTRACT("2025320102000019"), &yw_unconditional);
	for (size_t i = 0; i < 4; i++) {
		at(i);
		LISTED("", NUMBER ":320102/contract/a 320104/contract/" NUMBER);
		MUST(yw_asks(&a, &s, "record.doubles", ""));
		YW_CHECK(strcmp(yw_asked_text(&a, "items.0.kind"), "contract") == 0 && yw_asked_number(&a, "items.0.records.1.revision") == 1 &&
		    strcmp(yw_asked_text(&a, "items.0.records.1.class"), "unconditional") == 0 &&
		    strcmp(yw_asked_text(&a, "items.0.records.1.place.origin"), net->n[OTHER].t->origin.text) == 0 &&
		    yw_asked_number(&a, "items.0.records.1.place.item") == 0 && yw_asked_at(&a, "items.0.left_out") == NULL &&
		    yw_asked_at(&a, "through.3") != NULL);
		MUST(yw_asks(&a, &s, "record.get", "{\"id\":\"320102/contract/a\"}"));	/* both are kept */
		MUST(yw_asks(&a, &s, "record.get", "{\"id\":\"320104/contract/" NUMBER "\"}"));
		leave();
	}
	yw_lnet_free(net);
}

#define ORGANISATION "{\"institution\":{\"organisation\":{\"name\":\"n\",\"identifier\":{\"value\":\"" NUMBER "\"}}}}"

static void
chosen(void)
{
	begin();
	put(ONE, "320102/contract/1", 1, CONTRACT("1"), &yw_unconditional);
	put(ONE, "320102/contract/3", 1, CONTRACT("3"), &yw_unconditional);
	put(ONE, "320102/institution/o", 1, ORGANISATION, &yw_unconditional);
	put(ONE, "320102/contract/" NUMBER, 1, CONTRACT(NUMBER), &yw_unconditional);	/* of another kind */
	put(ONE, "320102/demand/1", 1, "{\"demand\":{\"number\":\"1\"}}", &yw_unconditional);
	put(ONE, "320102/broker/x", 1, "{\"broker\":{\"certificate_number\":\"J1\"}}", &yw_unconditional);
	put(OTHER, "320104/contract/y", 1, CONTRACT("3"), &yw_unconditional);
	put(OTHER, "320104/institution/p", 1, ORGANISATION, &yw_unconditional);
	put(OTHER, "320104/demand/1", 1, "{\"demand\":{\"number\":\"1\"}}", &yw_unconditional);
	put(OTHER, "320104/broker/x", 1, "{\"broker\":{\"certificate_number\":\"J1\"}}", &yw_unconditional);
	put(CITY, "320100/contract/x", 1, CONTRACT("1"), &yw_unconditional);
	put(CITY, "320100/contract/twice", 1, CONTRACT("1"), &yw_unconditional);
	at(TOP);
	LISTED("", NUMBER ":320102/institution/o 320104/institution/p 1:320100/contract/twice 320100/contract/x 320102/contract/1 "
	    "3:320102/contract/3 320104/contract/y J1:320102/broker/x 320104/broker/x");
	LISTED("\"kind\":\"contract\"", "1:320100/contract/twice 320100/contract/x 320102/contract/1 3:320102/contract/3 320104/contract/y");
	LISTED("\"code\":\"320104\"", NUMBER ":320102/institution/o 320104/institution/p 3:320102/contract/3 320104/contract/y "
	    "J1:320102/broker/x 320104/broker/x");
	LISTED("\"code\":\"320100\",\"kind\":\"broker\"", "");
	YW_FAILS(yw_asks(&a, &s, "record.doubles", "{\"kind\":\"demand\"}"), YW_EINVAL);
	YW_CHECK_MSG(strstr(a.message, "'demand' is no kind of record whose number other registries know") != NULL, "%s", a.message);
	YW_FAILS(yw_asks(&a, &s, "record.doubles", "{\"after\":\"1\"}"), YW_EINVAL);
	YW_FAILS(yw_asks(&a, &s, "record.doubles", "{\"after\":\"demand/1\"}"), YW_EINVAL);
	YW_FAILS(yw_asks(&a, &s, "record.doubles", "{\"limit\":0}"), YW_EINVAL);
	leave();
	yw_lnet_free(net);
}

/* Each of these ends it, and the pair is none any more. */
static void
in_force(void)
{
	struct yw_own_place places[4];
	struct yw_erasure_draft d = { .id = "320104/contract/erased", .reason = "asked for", .basis = "PIPL 47", .places = places };
	static const char *const names[] = { "withdrawn", "erased", "cancelled", "renumbered", "stays" };
	char id[64], json[128];
	struct yw_view *v;

	begin();
	for (size_t i = 0; i < 5; i++) {
		snprintf(json, sizeof json, "{\"contract\":{\"registration_number\":\"%zu\"}}", i);
		snprintf(id, sizeof id, "320102/contract/%s", names[i]);
		put(ONE, id, 1, json, &yw_unconditional);
		snprintf(id, sizeof id, "320104/contract/%s", names[i]);
		put(OTHER, id, 1, json, &yw_unconditional);
	}
	at(TOP);
	MUST(yw_asks(&a, &s, "record.doubles", ""));
	YW_CHECK(yw_asked_at(&a, "items.4") != NULL);
	leave();
	put(OTHER, "320104/contract/withdrawn", 2, NULL, &yw_unconditional);
	put(OTHER, "320104/contract/cancelled", 2, "{\"contract\":{\"registration_number\":\"2\",\"status\":\"cancelled\"}}", &yw_unconditional);
	put(OTHER, "320104/contract/renumbered", 2, CONTRACT("33"), &yw_unconditional);
	YW_PASS(yw_view_open(net->n[OTHER].l, &v, &err));
	YW_PASS(yw_view_places_of(v, d.id, places, 4, &d.n, &err));
	yw_view_close(v);
	YW_PASS(yw_ledger_erase(net->n[OTHER].l, &d, &err));
	yw_lnode_commit(&net->n[OTHER]);
	at(TOP);
	LISTED("", "4:320102/contract/stays 320104/contract/stays");
	leave();
	yw_lnet_free(net);
}

/* T10: two of a merged code; its successor has put one of them into its place. */
static void
replaced(void)
{
	struct yw_closing_draft d = { .reason = "merged" };

	begin();
	put(OTHER, "320104/contract/1", 1, CONTRACT("1"), &yw_unconditional);
	put(OTHER, "320104/contract/2", 1, CONTRACT("2"), &yw_unconditional);
	yw_lnet_sync(net);
	YW_PASS(yw_jurisdiction_parse("320102", 6, &d.successor));
	YW_PASS(yw_ledger_close_log(net->n[CITY].l, net->n[OTHER].t->origin.text, &d, &err));
	yw_lnode_commit(&net->n[CITY]);
	yw_lnet_sync(net);
	put(ONE, "320102/contract/1", 1, "{\"replaces\":\"320104/contract/1\",\"contract\":{\"registration_number\":\"1\"}}", &yw_unconditional);
	put(ONE, "320102/contract/2", 1, CONTRACT("2"), &yw_unconditional);
	at(TOP);
	LISTED("", "2:320102/contract/2 320104/contract/2");
	leave();
	yw_lnet_free(net);
}

/* Who may not see one of them hears of no double. */
static void
withheld(void)
{
	begin();
	put(ONE, "320102/contract/1", 1, CONTRACT("1"), &yw_unconditional);
	put(ONE, "320102/contract/2", 1, CONTRACT("2"), &yw_unconditional);
	put(OTHER, "320104/contract/1", 1, CONTRACT("1"), &yw_not_shared);
	put(OTHER, "320104/contract/2", 1, CONTRACT("2"), &(struct yw_audience) { .cls = YW_CLASS_CONDITIONAL,
	    .openness = YW_OPENNESS_INTERNAL, .codes = &(struct yw_jurisdiction) { "320102" }, .n_codes = 1 });
	at(ONE);
	LISTED("", "2:320102/contract/2 320104/contract/2");
	leave();
	at(CITY);
	LISTED("", "1:320102/contract/1 320104/contract/1 2:320102/contract/2 320104/contract/2");
	leave();
	yw_lnet_free(net);
}

/* V4: what is only kept for its owner is there, and compared with nothing. */
static void
kept(void)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_lnode *n;
	struct yw_view *v;
	uint64_t at_index;

	begin();
	n = &net->n[ONE];
	YW_PASS(yw_ledger_holder(n->l, &net->n[OTHER].t->code, &err));
	yw_lnode_commit(n);
	put(ONE, "320102/contract/kept", 1, CONTRACT("1"), &yw_not_shared);
	at_index = yw_ledger_own(n->l)->size - 1;
	put(OTHER, "320104/contract/own", 1, CONTRACT("1"), &yw_unconditional);
	at(OTHER);
	YW_PASS(yw_view_open(net->n[OTHER].l, &v, &err));
	YW_PASS(yw_view_body(v, yw_view_log(v, n->t->origin.text), at_index, 0, &body, &err));
	yw_view_close(v);
	LISTED("", "");
	leave();
	at(CITY);
	LISTED("", "1:320102/contract/kept 320104/contract/own");
	leave();
	yw_buf_release(&body);
	yw_lnet_free(net);
}

/* One that registers the same again and again fills no answer. */
static void
many(void)
{
	char id[64];

	begin();
	for (int i = 0; i < 40; i++) {
		snprintf(id, sizeof id, "320102/contract/%02d", i);
		put(ONE, id, 1, CONTRACT("1"), &yw_unconditional);
	}
	at(ONE);
	MUST(yw_asks(&a, &s, "record.doubles", ""));
	YW_CHECK(json_array_size(yw_asked_at(&a, "items.0.records")) == 16 && yw_asked_number(&a, "items.0.left_out") == 24);
	leave();
	yw_lnet_free(net);
}

YW_TESTS(
	{ "B5 the same contract of two offices is kept at both, and listed everywhere as a possible double", both },
	{ "B5 doubles are listed by kind and number, some at a time, of one kind or one office", chosen },
	{ "B5 V6 what is withdrawn, erased, cancelled or of another number now is no double", in_force },
	{ "B5 T10 what was replaced is no double, and what was not is one", replaced },
	{ "B5 V1 V3 what is withheld from a node makes no double there", withheld },
	{ "B5 V4 what a node only keeps for its owner makes none either", kept },
	{ "B5 of many records with one number some are shown, and how many more there are", many }
)
