/* Runs of bytes in the device tree, read from the front and never beyond the
 * end. Numbers are big-endian. For the files of fdt.h only. */
#ifndef LIB_FDT_BYTES_H
#define LIB_FDT_BYTES_H

#include "lib/base.h"

#define FDT_CELL 4 /* bytes */

/* Reading moves at and shortens length. */
struct bytes {
  const uchar *at; /* NULL: not there */
  uint length;
};

static inline uint32 load_u32(const uchar *at)
{
  return (uint32)at[0] << 24 | (uint32)at[1] << 16 | (uint32)at[2] << 8 | at[3];
}

static inline uint64 load_u64(const uchar *at)
{
  return (uint64)load_u32(at) << 32 | load_u32(at + FDT_CELL);
}

/* Cut size bytes off the front, which go to *front. False if there are not so
 * many; then nothing is cut. */
static inline bool cut(struct bytes *bytes, uint size, struct bytes *front)
{
  if (size > bytes->length)
    return false;
  *front = (struct bytes){.at = bytes->at, .length = size};
  bytes->at += size;
  bytes->length -= size;
  return true;
}

static inline bool cut_u32(struct bytes *bytes, uint32 *value)
{
  struct bytes cell;

  if (!cut(bytes, FDT_CELL, &cell))
    return false;
  *value = load_u32(cell.at);
  return true;
}

/* Cut off a number of one or two cells; without cells it is 0. */
static inline bool cut_number(struct bytes *bytes, uint cells, uint64 *value)
{
  struct bytes number;

  if (!cut(bytes, cells * FDT_CELL, &number))
    return false;
  *value = 0;
  for (uint i = 0; i < cells; i++)
    *value = *value << 32 | load_u32(number.at + i * FDT_CELL);
  return true;
}

/* The bytes [offset, offset + size) of the tree. */
static inline bool part(struct bytes tree, uint offset, uint size,
                        struct bytes *out)
{
  struct bytes skipped;

  return cut(&tree, offset, &skipped) && cut(&tree, size, out);
}

/* The length of the string that bytes begin with; -1 if it has no end. */
static inline long string_length(struct bytes bytes)
{
  for (uint i = 0; i < bytes.length; i++) {
    if (bytes.at[i] == 0)
      return i;
  }
  return -1;
}

#endif
