/*
 * package.c - what the bytes of a package decide by themselves.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "ledger/package.h"

void
yw_body_check(struct yw_body *b)
{
	yw_sha256(b->bytes.data, b->bytes.len, &b->sha256);
	b->form = b->bytes.len > YW_BODY_MAX ? YW_ELIMIT : yw_record_form(b->bytes, &b->record, NULL);
}

/* The bodies of entry `at`; *i moves past them.  They come in rising (index, item). */
static enum yw_code
check_bodies(struct yw_package *p, size_t at, size_t *i, struct yw_error *err)
{
	const struct yw_entry *e = &p->entries[at].e;
	uint64_t index = p->start + at;
	bool first = true;

	for (; *i < p->n_bodies && p->bodies[*i].index == index; (*i)++, first = false) {
		struct yw_body *b = &p->bodies[*i];

		if (b->item >= e->n_items || (!first && b->item <= p->bodies[*i - 1].item))
			return yw_fail(err, YW_EPEER, "entry %llu of '%s' has no body %u in this order",
			    (unsigned long long)index, p->origin.text, b->item);
		yw_body_check(b);
		if (!yw_hash_equal(&b->sha256, &e->hashes[b->item]) && !YW_FAULT("body-hash"))
			return yw_fail(err, YW_EPEER, "body %u of entry %llu of '%s' has another hash", b->item,
			    (unsigned long long)index, p->origin.text);
	}
	return YW_OK;
}

static enum yw_code
check_entry(struct yw_package *p, size_t at, struct yw_error *err)
{
	struct yw_package_entry *pe = &p->entries[at];
	enum yw_code code = yw_entry_read(p->origin.text, pe->envelope, &pe->e, err);

	if (code == YW_OK && !YW_FAULT("signature")) {
		code = yw_entry_verify(&pe->e, err);
		if (code != YW_OK)
			yw_entry_release(&pe->e);
	}
	return code;
}

enum yw_code
yw_package_check(struct yw_package *p, struct yw_error *err)
{
	enum yw_code code;
	size_t i, body = 0;

	if (p->n_entries == 0 || p->n_entries > YW_PACKAGE_ENTRIES - p->start % YW_PACKAGE_ENTRIES)
		return yw_fail(err, YW_EPEER, "a package of '%s' from %llu with %zu entries", p->origin.text,
		    (unsigned long long)p->start, p->n_entries);
	p->n_good = 0;
	for (i = 0; i < p->n_entries; i++)
		yw_leaf_hash(p->entries[i].envelope, &p->entries[i].leaf);
	for (; p->n_good < p->n_entries; p->n_good++) {
		code = check_entry(p, p->n_good, &p->broken);
		if (code == YW_ENOMEM)
			return yw_fail(err, code, "no memory for a package");
		if (code != YW_OK)
			break;
		code = check_bodies(p, p->n_good, &body, err);
		if (code != YW_OK) {
			p->n_good++;	/* so that its insides are released */
			return code;
		}
	}
	if (p->n_good == p->n_entries && body != p->n_bodies)
		return yw_fail(err, YW_EPEER, "a package of '%s' has bodies out of order or of no entry",
		    p->origin.text);
	p->n_bodies = body;
	return YW_OK;
}

void
yw_package_release(struct yw_package *p)
{
	for (size_t i = 0; i < p->n_good; i++)
		yw_entry_release(&p->entries[i].e);
	free(p->entries);
	free(p->changes);
	free(p->admitted);
	free(p->bodies);
	p->entries = NULL;
	p->changes = p->admitted = NULL;
	p->bodies = NULL;
	p->n_entries = p->n_changes = p->n_admitted = p->n_bodies = p->n_good = 0;
}
