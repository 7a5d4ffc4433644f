/*
 * called.c - what divisions and jurisdictions are called: by the table, as of then and today; what stands in no table, a
 * development zone say, as whoever admitted its node calls it.
 */
#include "service/service_int.h"

#define CODES_SHOWN_MAX 16	/* of one record; a contract has three */

struct codes {
	const char *at[CODES_SHOWN_MAX];	/* into the record's JSON */
	size_t n;
};

/* By the delegation of the newest generation that says it; "" none. */
static const char *
given_name(const struct yw_trust *t, const char *code)
{
	const char *name = "";

	for (size_t i = 0; i < yw_trust_count(t); i++) {
		const struct yw_generation *g = yw_trust_at(t, i);

		if (strcmp(g->code.code, code) == 0 && g->name[0] != '\0')
			name = g->name;
	}
	return name;
}

const char *
called_name(const struct yw_service *s, const struct yw_trust *t, const char *code, bool *unlisted)
{
	const struct yw_division *d = yw_division_find(s->divisions, code);

	*unlisted = d == NULL;
	return d != NULL ? d->name : given_name(t, code);
}

void
put_called(struct yw_json *j, const struct yw_service *s, const struct yw_trust *t, const char *code)
{
	bool unlisted;
	const char *name = called_name(s, t, code, &unlisted);

	if (*name != '\0')
		yw_json_str(j, "name", name);
	if (unlisted)
		yw_json_bool(j, "unlisted", true);
}

/* --- the divisions that a record names --- */

static void
add_code(struct codes *c, const char *code)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->at[i], code) == 0)
			return;
	if (c->n < CODES_SHOWN_MAX)
		c->at[c->n++] = code;
}

static void
find_codes(const json_t *v, struct codes *c)
{
	const char *key;
	json_t *below;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)v, key, below)
		if (strcmp(key, "division") == 0 && json_is_string(below))
			add_code(c, json_string_value(below));
		else
			find_codes(below, c);
	json_array_foreach(v, i, below)
		find_codes(below, c);
}

/* The day whose names a record uses; "": it has none. */
static const char *
day_of(const json_t *record)
{
	static const char *const days[] = { "registered_on", "signed_on", "recognised_on", "certified_on", "published_on", "start_on" };
	const char *kind;
	json_t *body;

	json_object_foreach((json_t *)(uintptr_t)record, kind, body)
		for (size_t i = 0; i < sizeof days / sizeof *days; i++)
			if (json_is_string(json_object_get(body, days[i])))
				return json_string_value(json_object_get(body, days[i]));
	return "";
}

static void
put_division(struct yw_json *j, const struct yw_service *s, const struct yw_trust *t, const char *code, const char *day)
{
	const struct yw_division *then = yw_division_then(s->divisions, code, day), *today = yw_division_today(s->divisions, code);

	yw_json_object(j, NULL);
	yw_json_str(j, "code", code);
	if (then == NULL) {
		put_called(j, s, t, code);
	} else {
		yw_json_str(j, "name", then->name);
		if (then->level == YW_DIVISION_ZONE)
			yw_json_bool(j, "zone", true);
		if (today != then) {
			yw_json_object(j, "today");
			yw_json_str(j, "code", today->code.code);
			yw_json_str(j, "name", today->name);
			yw_json_object_end(j);
		} else if (then->valid_to[0] != '\0') {
			yw_json_str(j, "until", then->valid_to);
		}
	}
	yw_json_object_end(j);
}

void
put_divisions(struct yw_json *j, const struct yw_service *s, const struct yw_trust *t, const json_t *record)
{
	struct codes c = { .n = 0 };

	find_codes(record, &c);
	yw_json_array(j, "divisions");
	for (size_t i = 0; i < c.n; i++)
		put_division(j, s, t, c.at[i], day_of(record));
	yw_json_array_end(j);
}
