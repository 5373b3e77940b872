/* What every private file of the kernel may assume: the compiler's own
 * headers, NULL, bool, and small macros. */
#ifndef LIB_BASE_H
#define LIB_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include "kernel/types.h"

/* What a build does not switch on by -D is 0, so that plain C can ask for it:
 * `if (DEBUG)` is always compiled, and the optimizer leaves it out. */
#ifndef DEBUG
#define DEBUG 0
#endif

#ifndef LATENCY
#define LATENCY 0
#endif

/* C has this name in <assert.h>, which is no header of the compiler's. */
#ifndef static_assert
#define static_assert _Static_assert
#endif

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The structure whose member this pointer points to. */
#define CONTAINER_OF(pointer, type, member)                                    \
  ((type *)((char *)(pointer)-offsetof(type, member)))

static inline uint64 min_u64(uint64 a, uint64 b)
{
  return a < b ? a : b;
}

static inline uint64 max_u64(uint64 a, uint64 b)
{
  return a > b ? a : b;
}

#endif
