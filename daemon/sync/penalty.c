/*
 * penalty.c - see penalty.h.
 */
#include "sync/penalty.h"

void
yw_penalties_init(struct yw_penalties *p, int64_t first_ms)
{
	memset(p, 0, sizeof *p);
	p->first_ms = first_ms;
}

struct yw_penalty_who
yw_penalty_key(const struct yw_dh_public *key)
{
	struct yw_penalty_who who = { { 'k' } };

	memcpy(who.b + 1, key->b, sizeof key->b);
	return who;
}

struct yw_penalty_who
yw_penalty_address(const uint8_t *address, size_t len)
{
	struct yw_penalty_who who = { { 'a' } };

	if (len == 16)
		memcpy(who.b + 2, address, 8);
	else if (len == 4)
		memcpy(who.b + 2, address, 4);
	who.b[1] = (uint8_t)len;
	return who;
}

static const struct yw_penalty *
find(const struct yw_penalties *p, const struct yw_penalty_who *who)
{
	for (size_t i = 0; i < p->n; i++)
		if (memcmp(&p->all[i].who, who, sizeof *who) == 0)
			return &p->all[i];
	return NULL;
}

static struct yw_penalty *
find_or_make(struct yw_penalties *p, const struct yw_penalty_who *who)
{
	struct yw_penalty *at = (struct yw_penalty *)find(p, who);

	if (at != NULL)
		return at;
	if (p->n < YW_PENALTIES_MAX) {
		at = &p->all[p->n++];
	} else {
		at = p->all;
		for (size_t i = 1; i < p->n; i++)
			if (p->all[i].until_ms < at->until_ms)
				at = &p->all[i];
	}
	*at = (struct yw_penalty) { .who = *who };
	return at;
}

int64_t
yw_penalty_add(struct yw_penalties *p, const struct yw_penalty_who *who, int64_t now_ms)
{
	struct yw_penalty *at = find_or_make(p, who);
	int64_t delay = p->first_ms;

	if (at->offences > 0 && now_ms - at->until_ms >= YW_PENALTY_FORGET_MS)
		at->offences = 0;
	for (unsigned i = 0; i < at->offences && delay < YW_PENALTY_MAX_MS; i++)
		delay *= 2;
	if (delay > YW_PENALTY_MAX_MS)
		delay = YW_PENALTY_MAX_MS;
	at->offences++;
	at->until_ms = now_ms + delay;
	return delay;
}

int64_t
yw_penalty_left(const struct yw_penalties *p, const struct yw_penalty_who *who, int64_t now_ms)
{
	const struct yw_penalty *at = find(p, who);

	return at != NULL && at->until_ms > now_ms ? at->until_ms - now_ms : 0;
}
