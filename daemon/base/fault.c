/*
 * fault.c - see fault.h.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

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

void
yw_fault_point(const char *name)
{
	static atomic_ulong passed;
	const char *die = getenv("YW_DIE");
	size_t n = strlen(name);

	if (die == NULL || strncmp(die, name, n) != 0 || (die[n] != '\0' && die[n] != ':'))
		return;
	if (atomic_fetch_add(&passed, 1) + 1 != (die[n] == ':' ? strtoul(die + n + 1, NULL, 10) : 1))
		return;
	kill(getpid(), SIGKILL);
	for (;;)		/* this thread writes nothing more */
		pause();
}

#else

typedef int yw_fault_none;	/* ISO C wants something in a file */

#endif
