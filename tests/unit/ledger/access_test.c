/*
 * Who may have a body: class, openness and audience against every kind of asker (B6, V1 to V4).
 *
 * The network of the table: province 320000; cities 320100 and 320200; counties 320102 and 320104 of the
 * first, 320205 of the second.
 */
#include "ledger/access.h"
#include "support/testing.h"

static const struct yw_jurisdiction nodes[] = { { "320000" }, { "320100" }, { "320200" }, { "320102" }, { "320104" },
	{ "320205" } };
#define N_NODES (sizeof nodes / sizeof *nodes)

/* `who`: a letter per node in the order above, then the stranger; 'y' may, '.' may not.  A holder may have what is restricted. */
static const struct row {
	const char *owner;
	enum yw_class cls;
	enum yw_openness openness;
	struct yw_jurisdiction audience[2];
	size_t n;
	const char *who;
} rows[] = {
	{ "320102", YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, { { "" } }, 0, "yyyyyy." },
	{ "320102", YW_CLASS_UNCONDITIONAL, YW_OPENNESS_OPEN, { { "" } }, 0, "yyyyyyy" },
	{ "320000", YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, { { "" } }, 0, "yyyyyy." },

	/* conditional: the codes and all above them, the owner and all above it */
	{ "320102", YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { { "320205" } }, 1, "yyyy.y." },
	{ "320102", YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { { "320104" } }, 1, "yy.yy.." },
	{ "320102", YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { { "320104" }, { "320205" } }, 2, "yyyyyy." },
	{ "320102", YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { { "320200" } }, 1, "yyyy..." },
	{ "320000", YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { { "320205" } }, 1, "y.y..y." },
	{ "320100", YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { { "320000" } }, 1, "yy....." },

	{ "320102", YW_CLASS_NOT_SHARED, YW_OPENNESS_INTERNAL, { { "" } }, 0, "yy.y..." },
	{ "320000", YW_CLASS_NOT_SHARED, YW_OPENNESS_INTERNAL, { { "" } }, 0, "y......" },

	/* what no entry applied by this version says */
	{ "320102", 0, YW_OPENNESS_OPEN, { { "" } }, 0, "...y..." },
	{ "320102", YW_CLASS_UNCONDITIONAL, 0, { { "" } }, 0, "yyyyyy." },
	{ "320102", YW_CLASS_CONDITIONAL, YW_OPENNESS_OPEN, { { "320205" } }, 1, "yyyy.y." },
	{ "320102", YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { { "" } }, 0, "yy.y..." },
	{ "320102", YW_CLASS_NOT_SHARED, YW_OPENNESS_OPEN, { { "" } }, 0, "yy.y..." },
};

static struct yw_record_id
id_of(const char *code)
{
	struct yw_record_id id = { .kind = "contract", .local = "a" };

	YW_CHECK(yw_jurisdiction_parse(code, strlen(code), &id.code) == YW_OK);
	return id;
}

/* `holder`: of the nodes; N_NODES: nobody is. */
static void
check_row(const struct row *r, const struct yw_record_id *id, bool any, size_t holder)
{
	struct yw_audience audience = { r->cls, r->openness, r->audience, r->n };
	struct yw_jurisdiction owner = { "" }, nobody = { "" };
	const struct yw_jurisdiction *named = holder < N_NODES ? &nodes[holder] : holder == N_NODES ? &nobody : NULL;
	bool restricted = r->cls == YW_CLASS_CONDITIONAL || r->cls == YW_CLASS_NOT_SHARED;

	snprintf(owner.code, sizeof owner.code, "%s", r->owner);
	for (size_t i = 0; i <= N_NODES; i++) {
		struct yw_asker asker = { i < N_NODES ? YW_ASKER_NODE : YW_ASKER_STRANGER, { "" } };
		bool may = r->who[i] == 'y' || (restricted && i == holder && i < N_NODES);

		if (i < N_NODES)
			asker.code = nodes[i];
		else		/* a stranger may claim any code */
			asker.code = named != NULL && named->code[0] != '\0' ? *named : owner;
		YW_CHECK_MSG(yw_may_have(&owner, named, &audience, id, &asker) == (any && may), "row %td asker %zu holder %zu", r - rows, i,
		    holder);
	}
}

static void
table(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_record_id id = id_of(rows[i].owner);

		check_row(&rows[i], NULL, true, N_NODES + 1);
		check_row(&rows[i], &id, true, N_NODES);
	}
}

static void
holders(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t k = 0; k < N_NODES; k++) {
			struct yw_record_id id = id_of(rows[i].owner);

			check_row(&rows[i], NULL, true, k);
			check_row(&rows[i], &id, true, k);
		}
}

static void
borrowed(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t k = 0; k < N_NODES; k++) {
			struct yw_record_id id = id_of(nodes[k].code);

			for (size_t holder = 0; holder <= N_NODES; holder++)
				check_row(&rows[i], &id, strcmp(nodes[k].code, rows[i].owner) == 0, holder);
		}
}

/* Whatever the codes, what keeps everybody loses none of the table's askers, and of a list nothing else is asked. */
static void
kept(void)
{
	unsigned keeps = 0, loses = 0;

	for (const struct row *old = rows; old < rows + sizeof rows / sizeof *rows; old++)
		for (const struct row *now = rows; now < rows + sizeof rows / sizeof *rows; now++) {
			struct yw_audience a = { old->cls, old->openness, old->audience, old->n };
			struct yw_audience b = { now->cls, now->openness, now->audience, now->n };
			struct yw_jurisdiction owner = { "" };
			bool keep, subset = true;

			if (strcmp(old->owner, now->owner) != 0 || old->cls == 0 || old->openness == 0 || now->cls == 0 || now->openness == 0)
				continue;
			snprintf(owner.code, sizeof owner.code, "%s", old->owner);
			keep = yw_audience_keeps(&owner, &a, &b);
			for (size_t i = 0; i <= N_NODES; i++)
				subset &= old->who[i] != 'y' || now->who[i] == 'y';
			if (keep || old->cls == YW_CLASS_CONDITIONAL)
				YW_CHECK_MSG(keep <= subset && (keep == subset || old->openness == YW_OPENNESS_OPEN), "row %td, then %td",
				    old - rows, now - rows);
			keeps += keep;
			loses += !keep;
		}
	YW_CHECK(keeps > 20 && loses > 20);
}

YW_TESTS(
	{ "V1 V2 V3 class, openness, audience and asker decide", table },
	{ "V4 whom the owner names may have what is restricted, and nobody else more than before", holders },
	{ "V4 who is lost by another audience", kept },
	{ "B6 a body of another code's id is for nobody, not even the log's owner", borrowed }
)
