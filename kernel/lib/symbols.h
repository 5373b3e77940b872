/* The names of the kernel's functions. The first link has an empty table;
 * the second pass puts the real one in, made from the first link's symbols. */
#ifndef LIB_SYMBOLS_H
#define LIB_SYMBOLS_H

#include "lib/base.h"

struct symbol {
  uint64 address;
  const char *name;
};

/* Made by conf/symbols (second pass): sorted by address. */
extern const struct symbol symbol_table[];
extern const uint64 symbol_count;

/* The function that holds address, and address's offset in it.
 * NULL if address is not in kernel text or there is no table. */
const char *symbol_find(uint64 address, uint64 *offset);

#endif
