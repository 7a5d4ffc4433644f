/*
 * treap.h - an ordered map of which any number of versions can be held: changing a map copies the
 * path to the change where another version shares it, and works in place where none does.
 *
 * A map is a pointer to its root, NULL when empty.  Holding a version is one reference (O(1)), so a
 * snapshot is one, and so is "what had been synced".  Priorities are a hash of the key: the shape
 * depends on nothing but the keys, and a simulation takes the same time twice.
 * Threads: a version may be read and released by any thread; a change needs the map to itself.
 */
#ifndef YW_STORE_TREAP_H
#define YW_STORE_TREAP_H

#include "base/buf.h"

struct yw_treap;

/* A key and its value; lives as long as a version that holds it. */
struct yw_treap_item;

struct yw_bytes yw_treap_key(const struct yw_treap_item *item);
struct yw_bytes yw_treap_value(const struct yw_treap_item *item);

struct yw_treap *yw_treap_ref(struct yw_treap *root);	/* NULL is fine */
void yw_treap_unref(struct yw_treap *root);

/* After YW_ENOMEM the map is good for yw_treap_unref only: change a second reference, then swap.  *was: bytes of key and
 * value that are no longer in it, 0 where the key is new, or absent. */
YW_CHECKED enum yw_code yw_treap_put(struct yw_treap **root, struct yw_bytes key, struct yw_bytes value, size_t *was);
YW_CHECKED enum yw_code yw_treap_delete(struct yw_treap **root, struct yw_bytes key, size_t *was);	/* absent is fine */

/* NULL if there is none. */
const struct yw_treap_item *yw_treap_find(const struct yw_treap *root, struct yw_bytes key);
const struct yw_treap_item *yw_treap_at_least(const struct yw_treap *root, struct yw_bytes key, bool itself);
const struct yw_treap_item *yw_treap_at_most(const struct yw_treap *root, struct yw_bytes key, bool itself);

/* As memcmp, the shorter first. */
int yw_key_compare(struct yw_bytes a, struct yw_bytes b);

#endif
