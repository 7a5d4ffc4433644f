/*
 * starve.c - see starve.h.  The linker's --wrap sends the calls here.
 */
#include "support/starve.h"

#include <stdatomic.h>

static atomic_size_t left;	/* allocations until the one that fails; 0: not starving */
static atomic_bool failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static bool
fails(void)
{
	size_t n = atomic_load(&left);

	while (n != 0 && !atomic_compare_exchange_weak(&left, &n, n - 1))
		;
	if (n == 1)
		atomic_store(&failed, true);
	return n == 1;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

void
yw_starve_at(size_t n)
{
	left = n;
	failed = false;
}

bool
yw_starve_end(void)
{
	left = 0;
	return failed;
}
