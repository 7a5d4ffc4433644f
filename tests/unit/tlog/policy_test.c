/*
 * Quorum policies: what a set of signers satisfies, with one member struck and without; the lines and
 * files that are refused.  The first policy is the example of C2SP tlog-policy.
 */
#include "support/testing.h"
#include "tlog/policy.h"

#define VKEY_X1 "w.example+af2479a5+BKLOktrlj1+g3vjVVw1Fyp3j0nWFC3UcbYqBNCjHbkP/"
#define VKEY_LOG "onenet.example/320100+ee95768b+AVZ8EuXhRMCdEsxNPsdolUyxb5GJ+P7Q2TsA9qAwpuOH"

static bool
is_code(void *arg, const char *name)
{
	(void)arg;
	return strlen(name) == 6 && strspn(name, "0123456789") == 6;
}

static struct yw_policy *
build(bool (*member)(void *, const char *), const char *const *lines, size_t n)
{
	struct yw_policy *p;
	struct yw_error err;

	YW_PASS(yw_policy_new(member, NULL, &p));
	for (size_t i = 0; i < n; i++) {
		enum yw_code code = yw_policy_line(p, lines[i], strlen(lines[i]), &err);

		YW_CHECK_MSG(code == YW_OK, "'%s': %s", lines[i], err.msg);
	}
	YW_PASS(yw_policy_finish(p, &err));
	return p;
}
#define BUILD(member, ...)                                                                         \
	build(member, (const char *const[]) { __VA_ARGS__ },                                       \
	    sizeof((const char *const[]) { __VA_ARGS__ }) / sizeof(char *))

/* arg: the signers, each followed by a space. */
static bool
has_signed(void *arg, const char *member)
{
	const char *at = arg;
	size_t len = strlen(member);

	for (; *at != '\0'; at = strchr(at, ' ') + 1)
		if (strncmp(at, member, len) == 0 && at[len] == ' ')
			return true;
	return false;
}

static enum yw_quorum
asked(const struct yw_policy *p, const char *struck, const char *signers)
{
	char set[256];

	snprintf(set, sizeof set, "%s", signers);
	return yw_policy_judge(p, struck, has_signed, set);
}

static void
two_levels(void)
{
	struct yw_policy *p = BUILD(NULL, "group X-witnesses 2 X1 X2 X3", "group Y-witnesses any Y1 Y2 Y3",
	    "group X-and-Y all X-witnesses Y-witnesses", "quorum X-and-Y");
	const char *const *names;

	YW_CHECK(asked(p, NULL, "X1 X3 Y2 ") == YW_QUORUM_MET);
	YW_CHECK(asked(p, NULL, "X1 X2 X3 ") == YW_QUORUM_NOT_MET);
	YW_CHECK(asked(p, NULL, "X1 Y1 Y2 Y3 ") == YW_QUORUM_NOT_MET);
	YW_CHECK(asked(p, NULL, "") == YW_QUORUM_NOT_MET);
	YW_CHECK(asked(p, NULL, "X-witnesses Y-witnesses X-and-Y ") == YW_QUORUM_NOT_MET);
	YW_CHECK(yw_policy_members(p, &names) == 6 && strcmp(names[0], "X1") == 0 && strcmp(names[5], "Y3") == 0);
	YW_CHECK(yw_policy_has_group(p, "X-and-Y") && !yw_policy_has_group(p, "X1"));
	yw_policy_free(p);
}

static void
text_again(void)
{
	struct yw_policy *p = BUILD(is_code, "group g 2 320000 320100 320102", "quorum g");
	struct yw_buf text = YW_BUF_INIT;
	struct yw_error err;

	YW_FAILS(yw_policy_line(p, "group h any 320200", 18, &err), YW_EINVAL);
	yw_policy_text(p, &text);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&text), YW_BYTES_LIT("group g 2 320000 320100 320102\nquorum g\n")));
	yw_buf_release(&text);
	yw_policy_free(p);
}

static void
struck(void)
{
	struct yw_policy *p = BUILD(is_code, "group g 2 320000 320100 320102", "quorum g");

	YW_CHECK(asked(p, "320102", "320102 320100 ") == YW_QUORUM_NOT_MET);	/* its own word does not count */
	YW_CHECK(asked(p, "320102", "320000 320100 ") == YW_QUORUM_MET);
	YW_CHECK(asked(p, "320200", "320102 320100 ") == YW_QUORUM_MET);	/* not a member: nothing changes */
	yw_policy_free(p);

	p = BUILD(is_code, "group g all 320000 320100", "quorum g");
	YW_CHECK(asked(p, "320100", "320000 ") == YW_QUORUM_MET);		/* 2 of 2, capped at 1 of 1 */
	YW_CHECK(asked(p, "320100", "320100 ") == YW_QUORUM_NOT_MET);
	yw_policy_free(p);

	p = BUILD(is_code, "group a any 320100", "group b 2 320000 320200 320300", "group c all a b", "quorum c");
	YW_CHECK(asked(p, "320100", "320000 320200 ") == YW_QUORUM_MET);	/* an emptied group is gone */
	YW_CHECK(asked(p, "320200", "320000 320300 ") == YW_QUORUM_NOT_MET);
	YW_CHECK(asked(p, "320200", "320100 320000 320300 ") == YW_QUORUM_MET);
	yw_policy_free(p);
}

static void
no_quorum(void)
{
	struct yw_policy *p = BUILD(is_code, "group g any 320000", "quorum none");
	const char *const *names;

	YW_CHECK(asked(p, NULL, "320000 ") == YW_QUORUM_NONE);
	YW_CHECK(yw_policy_members(p, &names) == 0);
	YW_CHECK(!yw_policy_is_split(p));
	yw_policy_free(p);

	p = BUILD(is_code, "quorum 320000");
	YW_CHECK(asked(p, NULL, "320000 ") == YW_QUORUM_MET);
	YW_CHECK(asked(p, "320000", "320000 320100 ") == YW_QUORUM_NONE);
	yw_policy_free(p);
}

static void
splits(void)
{
	static const struct { const char *group, *top; bool split; } cases[] = {
		{ "group g 2 320000 320100 320102", "quorum g", false },
		{ "group g 2 320000 320100 320102 320200", "quorum g", true },
		{ "group g 3 320000 320100 320102 320200", "quorum g", false },
		{ "group g any 320000 320100", "quorum g", true },
		{ "group g all 320000 320100", "quorum g", false },
		{ "group g any 320000", "quorum g", false },
		{ "group g any 320000", "quorum 320000", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct yw_policy *p = BUILD(is_code, cases[i].group, cases[i].top);

		YW_CHECK_MSG(yw_policy_is_split(p) == cases[i].split, "%s", cases[i].group);
		yw_policy_free(p);
	}

	struct yw_policy *p = BUILD(is_code, "group a all 320000 320100", "group b any 320200 320300",
	    "group c all a b", "quorum c");

	YW_CHECK(!yw_policy_is_split(p));
	yw_policy_free(p);
	/* As it stands every set needs 320000; read for the log of 320000 it comes apart. */
	p = BUILD(is_code, "group a any 320000", "group b any 320200 320300", "group c all a b", "quorum c");
	YW_CHECK(yw_policy_is_split(p));
	yw_policy_free(p);
}

static void
refused_lines(void)
{
	static const struct { const char *line; enum yw_code want; } cases[] = {
		{ "", YW_EFORMAT }, { "group", YW_EFORMAT }, { "group h", YW_EFORMAT }, { "group h 1", YW_EFORMAT },
		{ "group h any ", YW_EFORMAT }, { " group h any 320200", YW_EFORMAT },
		{ "group h any 320200 ", YW_EFORMAT }, { "group  h any 320200", YW_EFORMAT },
		{ "group h\tany 320200", YW_EFORMAT }, { "group h any 320200\r", YW_EFORMAT },
		{ "group h 0 320200", YW_EFORMAT }, { "group h 2 320200", YW_EFORMAT },
		{ "group h 01 320200", YW_EFORMAT }, { "group h some 320200", YW_EFORMAT },
		{ "group h any 320200 320200", YW_EINVAL },	/* twice in one group */
		{ "group h any 320100", YW_EINVAL },		/* in another group already */
		{ "group h any unknown", YW_EINVAL }, { "group h any h", YW_EINVAL },
		{ "group g any 320200", YW_EINVAL },		/* a name defined twice */
		{ "group 320200 any 320300", YW_EINVAL },	/* a group cannot take a code's name */
		{ "group none any 320200", YW_EINVAL }, { "group h any none", YW_EINVAL },
		{ "quorum", YW_EFORMAT }, { "quorum ", YW_EFORMAT }, { "quorum g g", YW_EFORMAT },
		{ "quorum unknown", YW_EINVAL }, { "witness w v", YW_EFORMAT },
	};
	struct yw_buf text = YW_BUF_INIT;
	struct yw_policy *p;
	struct yw_error err;

	YW_PASS(yw_policy_new(is_code, NULL, &p));
	YW_PASS(yw_policy_line(p, "group g any 320000 320100", 25, &err));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got = yw_policy_line(p, cases[i].line, strlen(cases[i].line), &err);

		YW_CHECK_MSG(got == cases[i].want, "'%s': gave '%s'", cases[i].line, yw_code_name(got));
	}
	YW_FAILS(yw_policy_finish(p, &err), YW_EINVAL);
	/* What a refused line named is still free. */
	YW_PASS(yw_policy_line(p, "group h 2 g 320200 320300", 25, &err));
	YW_PASS(yw_policy_line(p, "quorum h", 8, &err));
	YW_FAILS(yw_policy_line(p, "quorum h", 8, &err), YW_EINVAL);
	YW_PASS(yw_policy_finish(p, &err));
	yw_policy_text(p, &text);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&text),
	    YW_BYTES_LIT("group g any 320000 320100\ngroup h 2 g 320200 320300\nquorum h\n")));
	yw_buf_release(&text);
	yw_policy_free(p);
}

static void
limits(void)
{
	struct yw_buf line = YW_BUF_INIT;
	struct yw_policy *p;
	struct yw_error err;

	YW_PASS(yw_policy_new(NULL, NULL, &p));
	yw_buf_add_str(&line, "group big any");
	for (int i = 0; i < YW_POLICY_MEMBERS_MAX; i++)
		yw_buf_printf(&line, " m%d", i);
	YW_PASS(yw_policy_line(p, (char *)line.data, line.len, &err));
	YW_FAILS(yw_policy_line(p, "group one any more", 18, &err), YW_ELIMIT);
	yw_policy_free(p);

	YW_PASS(yw_policy_new(NULL, NULL, &p));
	for (int i = 0; i <= YW_POLICY_GROUPS_MAX; i++) {
		yw_buf_clear(&line);
		if (i == 0)
			yw_buf_add_str(&line, "group g0 any m");
		else
			yw_buf_printf(&line, "group g%d all g%d", i, i - 1);
		YW_FAILS(yw_policy_line(p, (char *)line.data, line.len, &err),
		    i < YW_POLICY_GROUPS_MAX ? YW_OK : YW_ELIMIT);
	}
	YW_PASS(yw_policy_line(p, "quorum g255", 11, &err));
	YW_PASS(yw_policy_finish(p, &err));
	YW_CHECK(asked(p, NULL, "m ") == YW_QUORUM_MET && asked(p, NULL, "g0 ") == YW_QUORUM_NOT_MET);
	yw_policy_free(p);

	yw_buf_clear(&line);
	yw_buf_add_str(&line, "group ");
	for (int i = 0; i <= YW_KEYNAME_MAX; i++)
		yw_buf_add_byte(&line, 'n');
	yw_buf_add_str(&line, " any m");
	YW_PASS(yw_policy_new(NULL, NULL, &p));
	YW_FAILS(yw_policy_line(p, (char *)line.data, line.len, &err), YW_ELIMIT);
	yw_policy_free(p);
	yw_buf_release(&line);
}

static void
files(void)
{
	static const char good[] = "# a comment\n\n \t\nlog " VKEY_LOG "  https://log.example/\n"
	    "\twitness  X1\t" VKEY_X1 "\n  # another\ngroup g all X1 \nquorum g\n";
	static const struct { const char *what, *text; enum yw_code want; } cases[] = {
		{ "empty", "", YW_EINVAL },
		{ "no quorum", "log " VKEY_LOG "\n", YW_EINVAL },
		{ "no final LF", "quorum none", YW_EFORMAT },
		{ "carriage return", "quorum none\r\n", YW_EFORMAT },
		{ "two quorums", "quorum none\nquorum none\n", YW_EINVAL },
		{ "unknown word", "logs " VKEY_LOG "\nquorum none\n", YW_EFORMAT },
		{ "log twice", "log " VKEY_LOG "\nlog " VKEY_LOG " u\nquorum none\n", YW_EINVAL },
		{ "a witness's key for a log", "log " VKEY_X1 "\nquorum none\n", YW_EINVAL },
		{ "a log's key for a witness", "witness X1 " VKEY_LOG "\nquorum none\n", YW_EINVAL },
		{ "witness twice", "witness X1 " VKEY_X1 "\nwitness X1 " VKEY_X1 "\nquorum none\n", YW_EINVAL },
		{ "one key, two witnesses", "witness X1 " VKEY_X1 "\nwitness X2 " VKEY_X1 "\nquorum none\n", YW_EINVAL },
		{ "witness after its use", "quorum X1\nwitness X1 " VKEY_X1 "\n", YW_EINVAL },
		{ "witness named none", "witness none " VKEY_X1 "\nquorum none\n", YW_EINVAL },
		{ "witness without key", "witness X1\nquorum none\n", YW_EFORMAT },
		{ "too many words", "log " VKEY_LOG " u v\nquorum none\n", YW_EFORMAT },
		{ "a group's name", "witness X1 " VKEY_X1 "\ngroup X1 any X1\nquorum none\n", YW_EINVAL },
		{ "quorum of a log", "log " VKEY_LOG "\nquorum onenet.example/320100\n", YW_EINVAL },
	};
	struct yw_policy_file f;
	struct yw_error err;

	YW_FAILS(yw_policy_file_parse(yw_bytes_str(good), &f, &err), YW_OK);
	YW_CHECK(f.n_logs == 1 && strcmp(f.logs[0].name, "onenet.example/320100") == 0);
	YW_CHECK(f.n_witnesses == 1 && strcmp(f.witnesses[0].name, "X1") == 0);
	YW_CHECK(asked(f.policy, NULL, "X1 ") == YW_QUORUM_MET);
	yw_policy_file_release(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got = yw_policy_file_parse(yw_bytes_str(cases[i].text), &f, &err);

		YW_CHECK_MSG(got == cases[i].want, "%s: gave '%s'", cases[i].what, yw_code_name(got));
	}
	YW_FAILS(yw_policy_file_parse(yw_bytes_str("# one\nquorum x\n"), &f, &err), YW_EINVAL);
	YW_CHECK_MSG(strncmp(err.msg, "policy line 2: ", 15) == 0, "%s", err.msg);
}

static void
file_limit(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_policy_file f;
	struct yw_error err;

	yw_buf_add_str(&b, "quorum none\n#");
	while (b.len < YW_POLICY_FILE_MAX - 1)
		yw_buf_add_byte(&b, 'x');
	yw_buf_add_byte(&b, '\n');
	YW_PASS(yw_policy_file_parse(yw_buf_bytes(&b), &f, &err));
	yw_policy_file_release(&f);
	yw_buf_add_byte(&b, '\n');
	YW_FAILS(yw_policy_file_parse(yw_buf_bytes(&b), &f, &err), YW_ELIMIT);
	yw_buf_release(&b);
}

YW_TESTS({ "C2SP tlog-policy: two levels of groups", two_levels },
    { "B11 group and quorum lines are kept as they were given", text_again },
    { "T15 a log's own code is struck out, thresholds are capped at the members left", struck },
    { "T15 B11 quorum none, and a quorum of nobody but the owner", no_quorum },
    { "T15 a quorum that two disjoint sets can meet is noticed", splits },
    { "C2SP tlog-policy: refused lines leave no trace", refused_lines },
    { "C2SP tlog-policy: members, groups and names have limits", limits },
    { "C2SP tlog-policy: whole files", files },
    { "C2SP tlog-policy: a file has a limit", file_limit })
