/*
 * stream_long_test.c - the same with as many rows as a province's office has.
 */
#define ROWS 300000
#include "stream_test.c"
