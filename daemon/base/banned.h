/*
 * banned.h - functions that are too easy to get wrong; using one fails the build.
 *
 * Macros rather than declarations, so that system headers may still declare them (git's banned.h).
 */
#ifndef YW_BASE_BANNED_H
#define YW_BASE_BANNED_H

#include <stdio.h>
#include <string.h>
#include <time.h>

#define YW_BANNED(name) this_function_is_banned_##name

#undef strcpy
#define strcpy(a, b) YW_BANNED(strcpy)
#undef strcat
#define strcat(a, b) YW_BANNED(strcat)
#undef strncpy
#define strncpy(a, b, n) YW_BANNED(strncpy)
#undef strncat
#define strncat(a, b, n) YW_BANNED(strncat)
#undef sprintf
#define sprintf(...) YW_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) YW_BANNED(vsprintf)
#undef strtok
#define strtok(a, b) YW_BANNED(strtok)
#undef gmtime
#define gmtime(t) YW_BANNED(gmtime)
#undef localtime
#define localtime(t) YW_BANNED(localtime)
#undef ctime
#define ctime(t) YW_BANNED(ctime)
#undef asctime
#define asctime(t) YW_BANNED(asctime)

#endif
