/*
 * seen.c - open-addressed tables; the first byte of a hash chooses the part, the next ones the place in it.
 */
#include "import/seen.h"

#include <stdlib.h>

#define FIRST_SLOTS 16

static struct yw_seen_slot *
place(struct yw_seen_slot *slots, uint32_t n_slots, const uint8_t id[static 8])
{
	uint64_t i = (yw_get_be64(id) >> 24 & UINT32_MAX) * n_slots >> 32;	/* of any number of slots, in proportion */

	while (slots[i].line != 0 && memcmp(slots[i].id, id, sizeof slots[i].id) != 0)
		i = i + 1 < n_slots ? i + 1 : 0;
	return &slots[i];
}

static enum yw_code
grow(struct yw_seen_part *p, struct yw_error *err)
{
	uint32_t i, n = p->n_slots ? p->n_slots + p->n_slots / 4 : FIRST_SLOTS;
	struct yw_seen_slot *slots = calloc(n, sizeof *slots);

	if (!slots)
		return yw_fail(err, YW_ENOMEM, "out of memory");
	for (i = 0; i < p->n_slots; i++)
		if (p->slots[i].line != 0)
			*place(slots, n, p->slots[i].id) = p->slots[i];
	free(p->slots);
	p->slots = slots;
	p->n_slots = n;
	return YW_OK;
}

enum yw_code
yw_seen_note(struct yw_seen *s, const struct yw_hash *id, const struct yw_hash *content, uint64_t *line,
    enum yw_seen_verdict *verdict, struct yw_error *err)
{
	struct yw_seen_part *p = &s->parts[id->b[0] % YW_SEEN_PARTS];
	enum yw_code code = 4 * (uint64_t)p->n >= 3 * (uint64_t)p->n_slots ? grow(p, err) : YW_OK;
	struct yw_seen_slot *slot;

	if (code != YW_OK)
		return code;
	slot = place(p->slots, p->n_slots, id->b);
	if (slot->line != 0) {
		*verdict = memcmp(slot->content, content->b, sizeof slot->content) == 0 ? YW_SEEN_SAME : YW_SEEN_OTHER;
		*line = slot->line;
		return YW_OK;
	}
	memcpy(slot->id, id->b, sizeof slot->id);
	memcpy(slot->content, content->b, sizeof slot->content);
	slot->line = *line < UINT32_MAX ? (uint32_t)*line : UINT32_MAX;
	p->n++;
	*verdict = YW_SEEN_NEW;
	return YW_OK;
}

void
yw_seen_release(struct yw_seen *s)
{
	for (size_t i = 0; i < YW_SEEN_PARTS; i++)
		free(s->parts[i].slots);
	*s = (struct yw_seen)YW_SEEN_INIT;
}
