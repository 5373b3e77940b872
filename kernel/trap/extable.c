#include "trap/extable.h"

/* Each pair is made by MAY_FAULT. */
struct extable_entry {
  uint64 pc;
  uint64 fixup;
};

/* The linker script gathers the section .extable between these. */
extern const struct extable_entry extable_start[], extable_end[];

uint64 extable_fixup(uint64 pc)
{
  for (const struct extable_entry *e = extable_start; e < extable_end; e++)
    if (e->pc == pc)
      return e->fixup;
  return 0;
}
