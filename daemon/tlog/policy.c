/*
 * policy.c - C2SP tlog-policy: a tree of groups over members, asked who has signed.
 *
 * Names are octets: two are the same if their bytes are.  Every name stands in one sorted index, and
 * joins at most one group, so that the groups are trees and asking costs one visit per name.
 */
#include "tlog/policy.h"

#include <stdlib.h>

#include "base/text.h"

#define NONE SIZE_MAX
#define INDEX_MAX (YW_POLICY_MEMBERS_MAX + YW_POLICY_GROUPS_MAX)

struct node {
	char name[YW_KEYNAME_MAX + 1];
	size_t parent;		/* the group it joined, or NONE */
	size_t k;		/* threshold; 0: a member, not a group */
	size_t first, n;	/* a group's members: children[first] and on */
};

struct yw_policy {
	bool (*member)(void *arg, const char *name);
	void *arg;
	struct node *nodes;	/* in order of definition: a group stands after its members */
	size_t n_nodes, cap_nodes, n_groups;
	size_t *children;
	size_t n_children, cap_children;
	size_t sorted[INDEX_MAX];	/* nodes by name */
	bool quorum_given, finished;
	size_t quorum;		/* NONE: `quorum none` */
	const char **members;	/* made by yw_policy_finish() */
	size_t n_members;
	struct yw_buf text;
};

enum yw_code
yw_policy_new(bool (*member)(void *arg, const char *name), void *arg, struct yw_policy **out)
{
	struct yw_policy *p = calloc(1, sizeof *p);

	if (p == NULL)
		return YW_ENOMEM;
	p->member = member;
	p->arg = arg;
	p->quorum = NONE;
	*out = p;
	return YW_OK;
}

void
yw_policy_free(struct yw_policy *p)
{
	if (p == NULL)
		return;
	free(p->nodes);
	free(p->children);
	free(p->members);
	yw_buf_release(&p->text);
	free(p);
}

/* Where the name stands, or would stand, in the index. */
static size_t
find_slot(const struct yw_policy *p, const char *name, bool *found)
{
	size_t lo = 0, hi = p->n_nodes;

	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(p->nodes[p->sorted[mid]].name, name);

		if (c == 0)
			*found = true;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t
find(const struct yw_policy *p, const char *name)
{
	bool found;
	size_t slot = find_slot(p, name, &found);

	return found ? p->sorted[slot] : NONE;
}

bool
yw_policy_has_group(const struct yw_policy *p, const char *name)
{
	size_t at = find(p, name);

	return at != NONE && p->nodes[at].k != 0;
}

/* The array with room for one more than n, or NULL. */
static void *
grow(void *array, size_t *cap, size_t n, size_t item)
{
	size_t want = *cap == 0 ? 16 : *cap * 2;
	void *more;

	if (n < *cap)
		return array;
	more = realloc(array, want * item);
	if (more != NULL)
		*cap = want;
	return more;
}

/* A new name, joined to nothing yet. */
static enum yw_code
add_node(struct yw_policy *p, const char *name, size_t *out, struct yw_error *err)
{
	bool found;
	size_t slot = find_slot(p, name, &found);
	struct node *more = grow(p->nodes, &p->cap_nodes, p->n_nodes, sizeof *p->nodes), *n;

	if (more == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a policy");
	p->nodes = more;
	n = &p->nodes[p->n_nodes];
	*n = (struct node) { .parent = NONE };
	memcpy(n->name, name, strlen(name) + 1);
	memmove(p->sorted + slot + 1, p->sorted + slot, (p->n_nodes - slot) * sizeof *p->sorted);
	p->sorted[slot] = p->n_nodes;
	*out = p->n_nodes++;
	return YW_OK;
}

/* The node of a name that a line refers to; a member is noted where it is first named. */
static enum yw_code
refer(struct yw_policy *p, const char *name, size_t *out, struct yw_error *err)
{
	*out = find(p, name);
	if (*out != NONE)
		return YW_OK;
	if (strcmp(name, "none") == 0)
		return yw_fail(err, YW_EINVAL, "'none' is not the name of a member");
	if (p->member != NULL && !p->member(p->arg, name))
		return yw_fail(err, YW_EINVAL, "'%s' is not defined before it is used", name);
	if (p->n_nodes - p->n_groups == YW_POLICY_MEMBERS_MAX)
		return yw_fail(err, YW_ELIMIT, "a policy names more than %d members", YW_POLICY_MEMBERS_MAX);
	return add_node(p, name, out, err);
}

/* Takes the next word off a line of words with one space between them. */
static enum yw_code
next_word(struct yw_bytes *rest, char out[static YW_KEYNAME_MAX + 1], struct yw_error *err)
{
	const uint8_t *space = rest->len == 0 ? NULL : memchr(rest->data, ' ', rest->len);
	size_t len = space != NULL ? (size_t)(space - rest->data) : rest->len;

	if (len == 0)
		return yw_fail(err, YW_EFORMAT, "a policy line lacks a word, or has more than one space between words");
	if (len > YW_KEYNAME_MAX)
		return yw_fail(err, YW_ELIMIT, "a word of a policy line has more than %d bytes", YW_KEYNAME_MAX);
	for (size_t i = 0; i < len; i++)
		if (rest->data[i] < 0x20 || rest->data[i] == 0x7f)
			return yw_fail(err, YW_EFORMAT, "a policy line holds a control character");
	memcpy(out, rest->data, len);
	out[len] = '\0';
	if (space != NULL && rest->len == len + 1)
		return yw_fail(err, YW_EFORMAT, "a policy line ends with a space");
	if (space == NULL)
		*rest = (struct yw_bytes) { NULL, 0 };
	else
		*rest = (struct yw_bytes) { space + 1, rest->len - len - 1 };
	return YW_OK;
}

/* `all` and `any` depend on how many there are; 0 stands for no threshold at all. */
static size_t
threshold_of(const char *word, size_t n)
{
	uint64_t k;

	if (strcmp(word, "all") == 0)
		return n;
	if (strcmp(word, "any") == 0)
		return 1;
	return yw_decimal_decode(word, strlen(word), n, &k) == YW_OK ? (size_t)k : 0;
}

static enum yw_code
join(struct yw_policy *p, size_t child, size_t group, struct yw_error *err)
{
	struct node *n = &p->nodes[child];
	size_t *more;

	if (n->parent != NONE)
		return yw_fail(err, YW_EINVAL, "'%s' is a member twice; a name joins one group, once", n->name);
	more = grow(p->children, &p->cap_children, p->n_children, sizeof *p->children);
	if (more == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a policy");
	p->children = more;
	n->parent = group;
	p->children[p->n_children++] = child;
	return YW_OK;
}

static enum yw_code
group_members(struct yw_policy *p, struct yw_bytes rest, size_t group, struct yw_error *err)
{
	char word[YW_KEYNAME_MAX + 1];
	enum yw_code code = YW_OK;
	size_t child = NONE;

	while (code == YW_OK && rest.len != 0) {
		code = next_word(&rest, word, err);
		if (code == YW_OK)
			code = refer(p, word, &child, err);
		if (code == YW_OK)
			code = join(p, child, group, err);
	}
	return code;
}

/* Forgets the nodes from n_nodes and the children from n_children on: what a refused line added. */
static void
roll_back(struct yw_policy *p, size_t n_nodes, size_t n_children)
{
	size_t kept = 0;

	for (size_t i = n_children; i < p->n_children; i++)
		p->nodes[p->children[i]].parent = NONE;
	for (size_t i = 0; i < p->n_nodes; i++)
		if (p->sorted[i] < n_nodes)
			p->sorted[kept++] = p->sorted[i];
	p->n_nodes = n_nodes;
	p->n_children = n_children;
}

/* A group's name must be new, also as the name of a member that may yet be used. */
static enum yw_code
name_group(const struct yw_policy *p, const char *name, struct yw_error *err)
{
	if (strcmp(name, "none") == 0)
		return yw_fail(err, YW_EINVAL, "'none' cannot be the name of a group");
	if (find(p, name) != NONE || (p->member != NULL && p->member(p->arg, name)))
		return yw_fail(err, YW_EINVAL, "'%s' cannot name a group: it is another name already", name);
	if (p->n_groups == YW_POLICY_GROUPS_MAX)
		return yw_fail(err, YW_ELIMIT, "a policy has more than %d groups", YW_POLICY_GROUPS_MAX);
	return YW_OK;
}

static enum yw_code
group_line(struct yw_policy *p, struct yw_bytes rest, struct yw_error *err)
{
	size_t n_nodes = p->n_nodes, n_children = p->n_children, group = NONE, n, k;
	char name[YW_KEYNAME_MAX + 1], threshold[YW_KEYNAME_MAX + 1];
	enum yw_code code;

	code = next_word(&rest, name, err);
	if (code == YW_OK)
		code = name_group(p, name, err);
	if (code == YW_OK)
		code = next_word(&rest, threshold, err);
	if (code != YW_OK)
		return code;

	/* The members are noted first, so that a group always stands after what it is made of. */
	code = group_members(p, rest, p->n_nodes + INDEX_MAX, err);
	n = p->n_children - n_children;
	k = threshold_of(threshold, n);
	if (code == YW_OK && n == 0)
		code = yw_fail(err, YW_EFORMAT, "group '%s' has no members", name);
	if (code == YW_OK && k == 0)
		code = yw_fail(err, YW_EFORMAT, "the threshold of group '%s' is not all, any, or 1 to %zu", name, n);
	if (code == YW_OK && find(p, name) != NONE)
		code = yw_fail(err, YW_EINVAL, "group '%s' names itself as a member", name);
	if (code == YW_OK)
		code = add_node(p, name, &group, err);
	if (code != YW_OK) {
		roll_back(p, n_nodes, n_children);
		return code;
	}
	for (size_t i = n_children; i < p->n_children; i++)
		p->nodes[p->children[i]].parent = group;
	p->nodes[group].k = k;
	p->nodes[group].first = n_children;
	p->nodes[group].n = n;
	p->n_groups++;
	return YW_OK;
}

static enum yw_code
quorum_line(struct yw_policy *p, struct yw_bytes rest, struct yw_error *err)
{
	char name[YW_KEYNAME_MAX + 1];
	enum yw_code code;

	code = next_word(&rest, name, err);
	if (code != YW_OK)
		return code;
	if (rest.len != 0)
		return yw_fail(err, YW_EFORMAT, "a quorum line names more than one name");
	if (p->quorum_given)
		return yw_fail(err, YW_EINVAL, "a policy has more than one quorum line");
	if (strcmp(name, "none") != 0)
		code = refer(p, name, &p->quorum, err);
	p->quorum_given = code == YW_OK;
	return code;
}

enum yw_code
yw_policy_line(struct yw_policy *p, const char *line, size_t len, struct yw_error *err)
{
	struct yw_bytes rest = { (const uint8_t *)line, len };
	char word[YW_KEYNAME_MAX + 1];
	size_t before = p->text.len;
	enum yw_code code;

	if (p->finished)
		return yw_fail(err, YW_EINVAL, "a finished policy takes no more lines");
	code = next_word(&rest, word, err);
	if (code != YW_OK)
		return code;
	yw_buf_add(&p->text, line, len);
	yw_buf_add_byte(&p->text, '\n');
	code = yw_buf_check(&p->text, err);
	if (code != YW_OK)
		return code;
	if (strcmp(word, "group") == 0)
		code = group_line(p, rest, err);
	else if (strcmp(word, "quorum") == 0)
		code = quorum_line(p, rest, err);
	else
		code = yw_fail(err, YW_EFORMAT, "a policy line starts with '%s', not with group or quorum", word);
	if (code != YW_OK)
		p->text.len = before;
	return code;
}

static void
collect(struct yw_policy *p, size_t at)
{
	const struct node *n = &p->nodes[at];

	if (n->k == 0)
		p->members[p->n_members++] = n->name;
	for (size_t i = 0; i < n->n; i++)
		collect(p, p->children[n->first + i]);
}

enum yw_code
yw_policy_finish(struct yw_policy *p, struct yw_error *err)
{
	if (!p->quorum_given)
		return yw_fail(err, YW_EINVAL, "a policy has no quorum line");
	if (p->quorum != NONE && p->members == NULL) {
		p->members = calloc(p->n_nodes, sizeof *p->members);
		if (p->members == NULL)
			return yw_fail(err, YW_ENOMEM, "no memory for a policy");
		collect(p, p->quorum);
	}
	p->finished = true;
	return YW_OK;
}

void
yw_policy_text(const struct yw_policy *p, struct yw_buf *out)
{
	yw_buf_add(out, p->text.data, p->text.len);
}

size_t
yw_policy_members(const struct yw_policy *p, const char *const **names)
{
	*names = p->members;
	return p->n_members;
}

struct question {
	const struct yw_policy *p;
	const char *struck;
	bool (*signed_by)(void *arg, const char *member);
	void *arg;
};

/* A group whose members are all gone is gone itself: its own group counts without it (T15). */
static enum yw_quorum
judge(const struct question *q, size_t at)
{
	const struct node *n = &q->p->nodes[at];
	size_t left = 0, met = 0;

	if (n->k == 0) {
		if (q->struck != NULL && strcmp(n->name, q->struck) == 0)
			return YW_QUORUM_NONE;
		return q->signed_by(q->arg, n->name) ? YW_QUORUM_MET : YW_QUORUM_NOT_MET;
	}
	for (size_t i = 0; i < n->n; i++) {
		enum yw_quorum one = judge(q, q->p->children[n->first + i]);

		left += one != YW_QUORUM_NONE;
		met += one == YW_QUORUM_MET;
	}
	if (left == 0)
		return YW_QUORUM_NONE;
	return met >= (n->k < left ? n->k : left) ? YW_QUORUM_MET : YW_QUORUM_NOT_MET;
}

enum yw_quorum
yw_policy_judge(const struct yw_policy *p, const char *struck, bool (*signed_by)(void *arg, const char *member),
    void *arg)
{
	struct question q = { p, struck, signed_by, arg };

	return p->quorum == NONE ? YW_QUORUM_NONE : judge(&q, p->quorum);
}

/*
 * How many disjoint sets, up to two, can each make this node count; 0 if it is struck.  Of a group,
 * those that count for both sets serve both; the others must be shared out between the two.
 */
static unsigned
disjoint(const struct yw_policy *p, const char *struck, size_t at)
{
	const struct node *n = &p->nodes[at];
	size_t both = 0, one = 0, k;

	if (n->k == 0)
		return struck == NULL || strcmp(n->name, struck) != 0;
	for (size_t i = 0; i < n->n; i++) {
		unsigned sets = disjoint(p, struck, p->children[n->first + i]);

		both += sets == 2;
		one += sets == 1;
	}
	if (both + one == 0)
		return 0;
	k = n->k < both + one ? n->k : both + one;
	return k <= both || 2 * (k - both) <= one ? 2 : 1;
}

bool
yw_policy_is_split(const struct yw_policy *p)
{
	if (p->quorum == NONE)
		return false;
	if (disjoint(p, NULL, p->quorum) == 2)
		return true;
	for (size_t i = 0; i < p->n_members; i++)
		if (disjoint(p, p->members[i], p->quorum) == 2)
			return true;
	return false;
}
