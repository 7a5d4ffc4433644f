/*
 * policy.h - C2SP tlog-policy: whose cosignatures a reader asks for.
 *
 * Parsed once into a tree of groups over member names; asked with the set of members that signed.
 * A member is a witness name in a policy file, a jurisdiction's code in a network file (rule T15).
 */
#ifndef YW_TLOG_POLICY_H
#define YW_TLOG_POLICY_H

#include "tlog/note.h"

#define YW_POLICY_MEMBERS_MAX 4096	/* distinct members of all groups */
#define YW_POLICY_GROUPS_MAX 256

struct yw_policy;

/*
 * Builds a policy line by line.  `member` asks whether a name may stand for a member (a known
 * witness; any code); NULL allows every name.  Names are defined before use and join one group.
 */
YW_CHECKED enum yw_code yw_policy_new(bool (*member)(void *arg, const char *name), void *arg,
    struct yw_policy **out);
void yw_policy_free(struct yw_policy *p);

/* One line "group <name> all|any|<k> <members...>" or "quorum <name>|none", without its LF, one space
 * between words.  YW_EFORMAT / YW_EINVAL / YW_ELIMIT with the reason; the policy is then unchanged. */
YW_CHECKED enum yw_code yw_policy_line(struct yw_policy *p, const char *line, size_t len, struct yw_error *err);

/* Exactly one quorum line was given; `member` is not asked any more, and no line is taken. */
YW_CHECKED enum yw_code yw_policy_finish(struct yw_policy *p, struct yw_error *err);

/* Appends the group and quorum lines, as they were given. */
void yw_policy_text(const struct yw_policy *p, struct yw_buf *out);

/* Is the name one of a group? */
bool yw_policy_has_group(const struct yw_policy *p, const char *name);

/* All members that some group reachable from the quorum names; borrowed. */
size_t yw_policy_members(const struct yw_policy *p, const char *const **names);

/*
 * Does the set satisfy the quorum, with the member `struck` (NULL: nobody) taken out of every group
 * and thresholds capped at the members left (T15)?  A group with none left is gone too; a policy
 * of "quorum none", or one with no member left, has no quorum.
 */
enum yw_quorum { YW_QUORUM_MET, YW_QUORUM_NOT_MET, YW_QUORUM_NONE };
enum yw_quorum yw_policy_judge(const struct yw_policy *p, const char *struck,
    bool (*signed_by)(void *arg, const char *member), void *arg);

/* Can two disjoint sets of members both meet it, as read for some log (any one member struck, or
 * none)?  Then a signer of the network file is warned. */
bool yw_policy_is_split(const struct yw_policy *p);

/*
 * A whole C2SP tlog-policy file: `log`, `witness`, `group`, `quorum` lines, of at most
 * YW_POLICY_FILE_MAX bytes.  Addresses are checked for their place only and dropped.  The error names
 * the line.
 */
struct yw_policy_file {
	struct yw_vkey *logs;
	size_t n_logs;
	struct yw_policy_witness { char name[YW_KEYNAME_MAX + 1]; struct yw_vkey key; } *witnesses;
	size_t n_witnesses;
	struct yw_policy *policy;
};
YW_CHECKED enum yw_code yw_policy_file_parse(struct yw_bytes text, struct yw_policy_file *out, struct yw_error *err);
void yw_policy_file_release(struct yw_policy_file *f);

#endif
