/*
 * fault.c - see fault.h.
 */
#include <stdlib.h>

#include "base/banned.h"
#include "base/fault.h"

#ifdef YW_FAULTS

static const char *names_set;

void
yw_fault_set(const char *names)
{
	names_set = names;
}

bool
yw_fault_on(const char *name)
{
	const char *p = names_set != NULL ? names_set : getenv("YW_FAULT");
	size_t n = strlen(name);

	for (; p != NULL; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, name, n) == 0 && (p[n] == '\0' || p[n] == ','))
			return true;
	}
	return false;
}

#else

typedef int yw_fault_none;	/* ISO C wants something in a file */

#endif
