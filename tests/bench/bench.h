/*
 * bench.h - what the benchmarks share: time, medians, and one line per result.
 *
 * A benchmark measures a thing beside what it is made of, in turns inside one run, so that the ratio says
 * something on any machine.  It prints and never judges.
 */
#ifndef YW_TESTS_BENCH_BENCH_H
#define YW_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>

double yw_bench_now(void);			/* seconds, monotonic */
double yw_bench_median(double *v, size_t n);	/* sorts v */

/* "what  ours unit  beside unit (name)  ratio  wanted >= target  missed" */
void yw_bench_row(const char *what, const char *unit, double ours, const char *name, double beside, double ratio,
    bool at_least, double target);

/* A number from the environment, for shorter or longer runs. */
unsigned long yw_bench_env(const char *name, unsigned long usual);

/* A fresh directory under $TMPDIR or /var/tmp, on a disk; removed with yw_bench_remove. */
void yw_bench_dir(char path[static 256]);
void yw_bench_remove(const char *path);

#endif
