/*
 * bench.c - see bench.h.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"

double
yw_bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
yw_bench_median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, compare);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

void
yw_bench_row(const char *what, const char *unit, double ours, const char *name, double beside, double ratio,
    bool at_least, double target)
{
	bool met = at_least ? ratio >= target : ratio <= target;

	printf("%-44s %10.0f %s, %s %10.0f %s, ratio %.2f, wanted %s %.2f%s\n", what, ours, unit, name, beside, unit, ratio,
	    at_least ? ">=" : "<=", target, met ? "" : "  MISSED");
	fflush(stdout);
}

unsigned long
yw_bench_env(const char *name, unsigned long usual)
{
	const char *s = getenv(name);

	return s != NULL ? strtoul(s, NULL, 10) : usual;
}

void
yw_bench_dir(char path[static 256])
{
	const char *base = getenv("TMPDIR");

	snprintf(path, 256, "%s/yw-bench-XXXXXX", base != NULL ? base : "/var/tmp");
	if (mkdtemp(path) == NULL) {
		perror(path);
		exit(1);
	}
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void
yw_bench_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
