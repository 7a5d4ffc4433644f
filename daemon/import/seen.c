/*
 * seen.c - an open-addressed table; the first bytes of a hash are its place.
 */
#include "import/seen.h"

#include <stdlib.h>

static struct yw_seen_slot *
place(struct yw_seen_slot *slots, size_t n_slots, const uint8_t id[static 16])
{
	size_t i = (size_t)yw_get_be64(id) & (n_slots - 1);

	while (slots[i].line != 0 && memcmp(slots[i].id, id, sizeof slots[i].id) != 0)
		i = (i + 1) & (n_slots - 1);
	return &slots[i];
}

static enum yw_code
grow(struct yw_seen *s, struct yw_error *err)
{
	size_t i, n = s->n_slots ? 2 * s->n_slots : 1024;
	struct yw_seen_slot *slots = calloc(n, sizeof *slots);

	if (!slots)
		return yw_fail(err, YW_ENOMEM, "out of memory");
	for (i = 0; i < s->n_slots; i++)
		if (s->slots[i].line != 0)
			*place(slots, n, s->slots[i].id) = s->slots[i];
	free(s->slots);
	s->slots = slots;
	s->n_slots = n;
	return YW_OK;
}

enum yw_code
yw_seen_note(struct yw_seen *s, const struct yw_hash *id, const struct yw_hash *content, uint64_t *line,
    enum yw_seen_verdict *verdict, struct yw_error *err)
{
	enum yw_code code = 3 * s->n >= 2 * s->n_slots ? grow(s, err) : YW_OK;
	struct yw_seen_slot *slot;

	if (code != YW_OK)
		return code;
	slot = place(s->slots, s->n_slots, id->b);
	if (slot->line != 0) {
		*verdict = memcmp(slot->content, content->b, sizeof slot->content) == 0 ? YW_SEEN_SAME : YW_SEEN_OTHER;
		*line = slot->line;
		return YW_OK;
	}
	memcpy(slot->id, id->b, sizeof slot->id);
	memcpy(slot->content, content->b, sizeof slot->content);
	slot->line = *line;
	s->n++;
	*verdict = YW_SEEN_NEW;
	return YW_OK;
}

void
yw_seen_release(struct yw_seen *s)
{
	free(s->slots);
	*s = (struct yw_seen)YW_SEEN_INIT;
}
