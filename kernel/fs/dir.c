/* Directories, searched by whole blocks. */
#include "fs/dir.h"
#include "fs/content.h"
#include "fs/map.h"
#include "lib/string.h"

#define ENTRIES_PER_BLOCK (BSIZE / sizeof(struct dirent))
static_assert(BSIZE % sizeof(struct dirent) == 0, "no entry spans blocks");
static_assert(DIR_ADD_BLOCKS == WRITE_BLOCKS, "an entry lies in one block");

/* Says whether this is the entry that a search is for. */
typedef bool (*entry_test)(const struct dirent *entry, const char *name);

static bool has_name(const struct dirent *entry, const char *name)
{
  return entry->inum != 0 && strncmp(entry->name, name, DIRSIZ) == 0;
}

static bool is_free(const struct dirent *entry, const char *name)
{
  (void)name;
  return entry->inum == 0;
}

static bool is_child(const struct dirent *entry, const char *name)
{
  (void)name;
  return !is_free(entry, name) && !has_name(entry, ".") &&
         !has_name(entry, "..");
}

/* Search the first count entries of a block. 1, 0 or -1, as scan. */
static int scan_block(struct inode *dir, uint blockno, uint count,
                      entry_test test, const char *name, struct dir_slot *slot)
{
  struct buf *buf = buf_read_kept(&dir->last_block, blockno);
  if (!buf)
    return -1;
  const struct dirent *entry = (const struct dirent *)buf->data;
  uint i = 0;
  while (i < count && !test(&entry[i], name))
    i++;
  if (i < count) {
    slot->inum = entry[i].inum;
    slot->offset += i * sizeof(*entry);
  }
  buf_unlock(buf);
  return i < count;
}

/* Find the first entry that passes the test: 1 and *slot, or 0, or -1. A block
 * that the directory lacks holds no entry that could be used. */
static int scan(struct inode *dir, entry_test test, const char *name,
                struct dir_slot *slot)
{
  uint nentries = dir->disk.size / sizeof(struct dirent);
  int result = 0;
  for (uint i = 0; i < nentries && result == 0; i += ENTRIES_PER_BLOCK) {
    uint blockno;
    slot->offset = i * sizeof(struct dirent);
    if (bmap(dir, slot->offset / BSIZE, &blockno) < 0)
      return -1;
    uint count = min_u64(nentries - i, ENTRIES_PER_BLOCK);
    if (blockno != 0)
      result = scan_block(dir, blockno, count, test, name, slot);
  }
  return result;
}

int dirlookup(struct inode *dir, const char *name, struct dir_slot *slot)
{
  return scan(dir, has_name, name, slot);
}

int dir_is_empty(struct inode *dir)
{
  struct dir_slot child;
  int found = scan(dir, is_child, NULL, &child);
  return found < 0 ? -1 : !found;
}

static int write_entry(struct transaction *tx, struct inode *dir, uint offset,
                       const struct dirent *entry)
{
  int written = writei(tx, dir, uio_kernel(entry), 0, offset, sizeof(*entry));
  return written == sizeof(*entry) ? 0 : -1;
}

int dirlink(struct transaction *tx, struct inode *dir, const char *name,
            uint inum)
{
  struct dir_slot slot;
  int found = scan(dir, is_free, NULL, &slot);
  if (found < 0)
    return -1;
  if (!found)
    slot.offset = dir->disk.size - dir->disk.size % sizeof(struct dirent);

  struct dirent entry = {.inum = inum};
  size_t length = strlen(name);
  memcpy(entry.name, name, min_u64(length, DIRSIZ));
  return write_entry(tx, dir, slot.offset, &entry);
}

int dir_remove(struct transaction *tx, struct inode *dir,
               const struct dir_slot *slot)
{
  const struct dirent none = {0};
  return write_entry(tx, dir, slot->offset, &none);
}
