/*
 * jurisdictions_long_test.c - the same with as many contracts as an office has in years: each kind of damage five times.
 */
#define CONTRACTS 8200
#define CHANGES 40
#include "jurisdictions_test.c"
