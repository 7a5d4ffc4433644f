/*
 * path.h - where in a record we are, in the words of its JSON: "contract.documents[3].sha256".
 *
 * Shared by the files of this room that name fields to people.
 */
#ifndef YW_RECORD_PATH_H
#define YW_RECORD_PATH_H

#include <stdio.h>
#include <string.h>

struct yw_path {
	char text[96];		/* cut off where longer */
};

/* Both return what yw_path_leave needs. */
static inline size_t
yw_path_enter(struct yw_path *p, const char *field)
{
	size_t len = strlen(p->text), at = len, n;

	if (len != 0 && len < sizeof p->text - 1)
		p->text[at++] = '.';
	n = strnlen(field, sizeof p->text - 1 - at);
	memcpy(p->text + at, field, n);
	p->text[at + n] = '\0';
	return len;
}

static inline size_t
yw_path_index(struct yw_path *p, size_t index)
{
	size_t len = strlen(p->text);

	snprintf(p->text + len, sizeof p->text - len, "[%zu]", index);
	return len;
}

static inline void
yw_path_leave(struct yw_path *p, size_t entered)
{
	p->text[entered] = '\0';
}

#endif
