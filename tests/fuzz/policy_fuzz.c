/*
 * Policy lines and files: what is accepted is kept as the same text; nobody's signatures meet less
 * than everybody's, and a quorum that is none stays none.
 */
#include "support/fuzz.h"
#include "tlog/policy.h"

static bool
everybody(void *arg, const char *member)
{
	(void)member;
	return *(bool *)arg;
}

static void
ask(const struct yw_policy *p)
{
	const char *const *names;
	size_t n = yw_policy_members(p, &names);
	bool yes = true, no = false;
	enum yw_quorum all = yw_policy_judge(p, NULL, everybody, &yes);

	YW_FUZZ_CHECK(all == (n != 0 ? YW_QUORUM_MET : YW_QUORUM_NONE));
	YW_FUZZ_CHECK(yw_policy_judge(p, NULL, everybody, &no) == (n != 0 ? YW_QUORUM_NOT_MET : YW_QUORUM_NONE));
	for (size_t i = 0; i < n && i < 8; i++)
		YW_FUZZ_CHECK(yw_policy_judge(p, names[i], everybody, &yes) ==
		    (n == 1 ? YW_QUORUM_NONE : YW_QUORUM_MET));
	if (yw_policy_is_split(p))
		YW_FUZZ_CHECK(n > 1);
}

static void
as_lines(struct yw_bytes in)
{
	struct yw_buf kept = YW_BUF_INIT, want = YW_BUF_INIT;
	struct yw_policy *p;
	size_t at = 0;

	if (yw_policy_new(NULL, NULL, &p) != YW_OK)
		return;
	while (at < in.len) {
		const uint8_t *lf = memchr(in.data + at, '\n', in.len - at);
		size_t len = lf != NULL ? (size_t)(lf - in.data) - at : in.len - at;

		if (yw_policy_line(p, (const char *)in.data + at, len, NULL) == YW_OK) {
			yw_buf_add(&want, in.data + at, len);
			yw_buf_add_byte(&want, '\n');
		}
		at += len + 1;
	}
	yw_policy_text(p, &kept);
	YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&kept), yw_buf_bytes(&want)));
	if (yw_policy_finish(p, NULL) == YW_OK)
		ask(p);
	yw_policy_free(p);
	yw_buf_release(&kept);
	yw_buf_release(&want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_bytes in = { data, len };
	struct yw_policy_file f;

	as_lines(in);
	if (yw_policy_file_parse(in, &f, NULL) != YW_OK)
		return 0;
	ask(f.policy);
	yw_policy_file_release(&f);
	return 0;
}
