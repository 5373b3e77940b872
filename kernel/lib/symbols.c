/* From an address to the function that it is in. */
#include "lib/symbols.h"
#include "arch/image.h"

const char *symbol_find(uint64 address, uint64 *offset)
{
  uint64 below = 0, above = symbol_count; /* the answer is in [below, above) */

  if (address < (uint64)text_start || address >= (uint64)text_end)
    return NULL;
  if (symbol_count == 0 || address < symbol_table[0].address)
    return NULL;
  while (above - below > 1) {
    uint64 middle = below + (above - below) / 2;
    if (symbol_table[middle].address <= address)
      below = middle;
    else
      above = middle;
  }
  *offset = address - symbol_table[below].address;
  return symbol_table[below].name;
}
