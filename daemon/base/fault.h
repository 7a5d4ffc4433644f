/*
 * fault.h - faults and mutations that tests switch on by name: YW_FAULT=name[,name...].
 *
 * In a normal build YW_FAULT("x") is the constant false and the branch is gone.
 */
#ifndef YW_BASE_FAULT_H
#define YW_BASE_FAULT_H

#include <stdbool.h>

#ifdef YW_FAULTS
#define YW_FAULT(name) yw_fault_on(name)
bool yw_fault_on(const char *name);
void yw_fault_set(const char *names);	/* replaces what the environment said; for tests in one process */
#else
#define YW_FAULT(name) false
#endif

#endif
