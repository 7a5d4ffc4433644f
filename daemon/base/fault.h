/*
 * fault.h - faults and mutations that tests switch on by name: YW_FAULT=name[,name...]; and the write points, at which
 * YW_DIE=name[:n] kills the process the nth time that it comes by.
 *
 * A write point stands where a crash leaves one write without the next: every function that writes, syncs or names
 * something on disk has one, and tests/fault/points_test.c kills at each (scripts/points checks both).
 *
 * In a normal build YW_FAULT("x") is the constant false, YW_POINT("x") is nothing, and the branch is gone.
 */
#ifndef YW_BASE_FAULT_H
#define YW_BASE_FAULT_H

#include <stdbool.h>

#ifdef YW_FAULTS
#define YW_FAULT(name) yw_fault_on(name)
#define YW_POINT(name) yw_fault_point(name)
bool yw_fault_on(const char *name);
void yw_fault_set(const char *names);	/* replaces what the environment said; for tests in one process */
void yw_fault_point(const char *name);	/* any thread */
#else
#define YW_FAULT(name) false
#define YW_POINT(name) ((void)0)
#endif

#endif
