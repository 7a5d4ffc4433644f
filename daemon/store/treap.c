/*
 * treap.c - see treap.h.  (Seidel and Aragon, "Randomized search trees", 1996; copied paths after
 * Driscoll et al., "Making data structures persistent", 1989.)
 *
 * Depth is logarithmic in the number of keys, whatever their order: recursion is safe.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "store/treap.h"

struct yw_treap_item {
	atomic_uint refs;
	uint32_t key_len, value_len;
	uint8_t data[];		/* key, value */
};

struct start { uint64_t first, second; };	/* of a key: its first 16 bytes as two numbers, with zeros behind a shorter one */

struct yw_treap {
	atomic_uint refs;
	uint32_t priority;	/* never below that of a child */
	struct yw_treap *left, *right;
	struct start start;	/* of the item's key: most comparisons end here, and look at no item */
	struct yw_treap_item *item;
};

int
yw_key_compare(struct yw_bytes a, struct yw_bytes b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n == 0 ? 0 : memcmp(a.data, b.data, n);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static struct start
start_of(struct yw_bytes key)
{
	uint8_t b[16] = { 0 };

	if (key.len != 0)
		memcpy(b, key.data, key.len < sizeof b ? key.len : sizeof b);
	return (struct start) { yw_get_be64(b), yw_get_be64(b + 8) };
}

/* The key, which starts with s, against that of t. */
static int
compare(struct yw_bytes key, const struct start *s, const struct yw_treap *t)
{
	if (s->first != t->start.first)
		return s->first < t->start.first ? -1 : 1;
	if (s->second != t->start.second)
		return s->second < t->start.second ? -1 : 1;
	return yw_key_compare(key, yw_treap_key(t->item));
}

struct yw_bytes
yw_treap_key(const struct yw_treap_item *item)
{
	return (struct yw_bytes) { item->data, item->key_len };
}

struct yw_bytes
yw_treap_value(const struct yw_treap_item *item)
{
	return (struct yw_bytes) { item->data + item->key_len, item->value_len };
}

/* FNV-1a, then mixed so that the high bits depend on every byte. */
static uint32_t
priority_of(struct yw_bytes key)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ key.data[i]) * 16777619u;
	h = (h ^ h >> 16) * 0x85ebca6bu;
	h = (h ^ h >> 13) * 0xc2b2ae35u;
	return h ^ h >> 16;
}

static struct yw_treap_item *
item_new(struct yw_bytes key, struct yw_bytes value)
{
	struct yw_treap_item *item;

	if (value.len > UINT32_MAX || key.len > UINT32_MAX)
		return NULL;
	item = malloc(sizeof *item + key.len + value.len);
	if (item == NULL)
		return NULL;
	atomic_init(&item->refs, 1);
	item->key_len = (uint32_t)key.len;
	item->value_len = (uint32_t)value.len;
	if (key.len != 0)
		memcpy(item->data, key.data, key.len);
	if (value.len != 0)
		memcpy(item->data + key.len, value.data, value.len);
	return item;
}

static size_t
item_bytes(const struct yw_treap_item *item)
{
	return (size_t)item->key_len + item->value_len;
}

static void
item_unref(struct yw_treap_item *item)
{
	if (atomic_fetch_sub(&item->refs, 1) == 1)
		free(item);
}

struct yw_treap *
yw_treap_ref(struct yw_treap *root)
{
	if (root != NULL)
		atomic_fetch_add(&root->refs, 1);
	return root;
}

void
yw_treap_unref(struct yw_treap *root)
{
	if (root == NULL || atomic_fetch_sub(&root->refs, 1) != 1)
		return;
	yw_treap_unref(root->left);
	yw_treap_unref(root->right);
	item_unref(root->item);
	free(root);
}

/* Makes the node at *at ours alone; false: out of memory. */
static bool
own(struct yw_treap **at)
{
	struct yw_treap *old = *at, *n;

	if (atomic_load(&old->refs) == 1)
		return true;
	n = malloc(sizeof *n);
	if (n == NULL)
		return false;
	atomic_init(&n->refs, 1);
	n->priority = old->priority;
	n->start = old->start;
	n->left = yw_treap_ref(old->left);
	n->right = yw_treap_ref(old->right);
	n->item = old->item;
	atomic_fetch_add(&n->item->refs, 1);
	yw_treap_unref(old);
	*at = n;
	return true;
}

/* Does a node of this priority and key belong above t?  A total order, so the shape is one. */
static bool
above(uint32_t priority, struct yw_bytes key, const struct yw_treap *t)
{
	if (priority != t->priority)
		return priority > t->priority;
	return yw_key_compare(key, yw_treap_key(t->item)) < 0;
}

/* Takes t apart at a key that it does not hold.  After a failure both parts are whole, but not all. */
static bool
split(struct yw_treap *t, struct yw_bytes key, struct yw_treap **left, struct yw_treap **right)
{
	struct start s = start_of(key);

	while (t != NULL && own(&t)) {
		if (compare(key, &s, t) > 0) {
			*left = t;
			left = &t->right;
			t = t->right;
		} else {
			*right = t;
			right = &t->left;
			t = t->left;
		}
	}
	*left = *right = NULL;
	yw_treap_unref(t);
	return t == NULL;
}

/* All keys of left are below those of right.  After a failure *out is whole, but not all. */
static bool
merge(struct yw_treap *left, struct yw_treap *right, struct yw_treap **out)
{
	while (left != NULL && right != NULL) {
		bool left_above = above(left->priority, yw_treap_key(left->item), right);

		if (!own(left_above ? &left : &right)) {
			yw_treap_unref(left);
			yw_treap_unref(right);
			*out = NULL;
			return false;
		}
		if (left_above) {
			*out = left;
			out = &left->right;
			left = left->right;
		} else {
			*out = right;
			out = &right->left;
			right = right->left;
		}
	}
	*out = left != NULL ? left : right;
	return true;
}

static struct yw_treap *
node_new(struct yw_treap_item *item, uint32_t priority)
{
	struct yw_treap *n = calloc(1, sizeof *n);

	if (n == NULL)
		return NULL;
	atomic_init(&n->refs, 1);
	n->priority = priority;
	n->start = start_of(yw_treap_key(item));
	n->item = item;
	return n;
}

static enum yw_code
put_item(struct yw_treap **at, struct yw_treap_item *item, size_t *was)
{
	struct yw_bytes key = yw_treap_key(item);
	struct start s = start_of(key);
	uint32_t priority = priority_of(key);
	struct yw_treap *n, *below;
	int c;

	while (*at != NULL && !above(priority, key, *at)) {
		if (!own(at))
			return YW_ENOMEM;
		n = *at;
		c = compare(key, &s, n);
		if (c == 0) {
			*was = item_bytes(n->item);
			item_unref(n->item);
			n->item = item;
			return YW_OK;
		}
		at = c < 0 ? &n->left : &n->right;
	}
	n = node_new(item, priority);
	if (n == NULL)
		return YW_ENOMEM;
	below = *at;
	*at = n;
	atomic_fetch_add(&item->refs, 1);	/* for the caller, who drops one when we fail */
	if (!split(below, key, &n->left, &n->right))
		return YW_ENOMEM;
	item_unref(item);
	return YW_OK;
}

enum yw_code
yw_treap_put(struct yw_treap **root, struct yw_bytes key, struct yw_bytes value, size_t *was)
{
	struct yw_treap_item *item = item_new(key, value);
	enum yw_code code;

	*was = 0;
	if (item == NULL)
		return YW_ENOMEM;
	code = put_item(root, item, was);
	if (code != YW_OK)
		item_unref(item);
	return code;
}

enum yw_code
yw_treap_delete(struct yw_treap **root, struct yw_bytes key, size_t *was)
{
	const struct yw_treap_item *item = yw_treap_find(*root, key);
	struct yw_treap **at = root, *n, *left, *right;
	struct start s = start_of(key);
	int c;

	*was = item != NULL ? item_bytes(item) : 0;
	if (item == NULL)	/* then no path is copied for nothing */
		return YW_OK;
	for (;;) {
		if (!own(at))
			return YW_ENOMEM;
		n = *at;
		c = compare(key, &s, n);
		if (c == 0)
			break;
		at = c < 0 ? &n->left : &n->right;
	}
	left = n->left;
	right = n->right;
	n->left = n->right = NULL;
	yw_treap_unref(n);
	return merge(left, right, at) ? YW_OK : YW_ENOMEM;
}

const struct yw_treap_item *
yw_treap_find(const struct yw_treap *t, struct yw_bytes key)
{
	struct start s = start_of(key);
	int c;

	while (t != NULL) {
		c = compare(key, &s, t);
		if (c == 0)
			return t->item;
		t = c < 0 ? t->left : t->right;
	}
	return NULL;
}

const struct yw_treap_item *
yw_treap_at_least(const struct yw_treap *t, struct yw_bytes key, bool itself)
{
	const struct yw_treap_item *best = NULL;
	struct start s = start_of(key);
	int c;

	while (t != NULL) {
		c = -compare(key, &s, t);
		if (c > 0 || (c == 0 && itself)) {
			best = t->item;
			t = t->left;
		} else {
			t = t->right;
		}
	}
	return best;
}

const struct yw_treap_item *
yw_treap_at_most(const struct yw_treap *t, struct yw_bytes key, bool itself)
{
	const struct yw_treap_item *best = NULL;
	struct start s = start_of(key);
	int c;

	while (t != NULL) {
		c = -compare(key, &s, t);
		if (c < 0 || (c == 0 && itself)) {
			best = t->item;
			t = t->right;
		} else {
			t = t->left;
		}
	}
	return best;
}
