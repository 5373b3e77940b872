/* Directories, from the root down. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "mkfs/state.h"

/* The first two entries of a directory. */
enum dots {
  DOT,
  DOTDOT,
  NDOTS
};
static const char *const dots[NDOTS] = {".", ".."};

uint entry_count(const struct dinode *dir)
{
  return dir->size / sizeof(struct dirent);
}

static bool has_name(const struct dirent *entry, const char *name)
{
  return strncmp(entry->name, name, DIRSIZ) == 0;
}

static bool is_dots(const struct dirent *entry)
{
  return has_name(entry, ".") || has_name(entry, "..");
}

/* Entry index of a directory, for which a block is made if it is missing;
 * NULL: no room. The size is raised to hold it. */
static struct dirent *make_entry(struct check *check, uint inum, uint index)
{
  struct dinode *dir = disk_inode(&check->disk, inum);
  uint end = (index + 1) * sizeof(struct dirent);
  if (index >= MAXFILE * ENTRIES_PER_BLOCK)
    return NULL;
  if (index / ENTRIES_PER_BLOCK >= NDIRECT && dir->addrs[NDIRECT] == 0)
    dir->addrs[NDIRECT] = take_block(check, inum);
  uint *number = disk_number_at(&check->disk, dir, index / ENTRIES_PER_BLOCK);
  if (number && *number == 0)
    *number = take_block(check, inum);
  if (!number || *number == 0)
    return NULL;
  if (dir->size < end)
    dir->size = end;
  return disk_entry_at(&check->disk, dir, index);
}

static bool is_free(const struct dirent *entry)
{
  return !entry || entry->inum == 0;
}

bool add_entry(struct check *check, uint inum, const char *name, uint target)
{
  struct dinode *dir = disk_inode(&check->disk, inum);
  uint index = NDOTS;
  while (index < entry_count(dir) &&
         !is_free(disk_entry_at(&check->disk, dir, index)))
    index++;
  struct dirent *entry = make_entry(check, inum, index);
  if (!entry)
    return false;
  *entry = (struct dirent){.inum = target};
  memcpy(entry->name, name, strnlen(name, DIRSIZ));
  return true;
}

/* Entry which of the directory must be this one. What stands there instead
 * moves to another place, if there is any. */
static void check_dot(struct check *check, uint inum, enum dots which,
                      uint target)
{
  struct dinode *dir = disk_inode(&check->disk, inum);
  struct dirent *entry = disk_entry_at(&check->disk, dir, which);
  if (entry && which < entry_count(dir) && entry->inum == target &&
      has_name(entry, dots[which]))
    return;
  entry = make_entry(check, inum, which);
  if (!entry) {
    fault_stuck(check, "directory %u has no room for %s", inum, dots[which]);
    return;
  }
  fault(check, "set it", "%s of directory %u is not inode %u", dots[which],
        inum, target);
  struct dirent other = *entry;
  *entry = (struct dirent){.inum = target};
  memcpy(entry->name, dots[which], strlen(dots[which]));
  if (!is_free(&other) && !is_dots(&other))
    add_entry(check, inum, other.name, other.inum);
}

/* What is wrong with an entry that is neither . nor .. by its place, as an
 * English phrase, or NULL. */
static const char *entry_problem(const struct check *check,
                                 const struct dirent *entry)
{
  uint target = entry->inum;
  if (entry->name[0] == '\0')
    return "has no name";
  if (memchr(entry->name, '/', strnlen(entry->name, DIRSIZ)))
    return "has a slash in its name";
  if (is_dots(entry))
    return "is out of place";
  if (target >= disk_inode_count(&check->disk))
    return "names an inode that the disk does not have";
  short type = disk_inode(&check->disk, target)->type;
  if (type == 0)
    return "names a free inode";
  if (type == T_DIR && check->facts[target].reached)
    return "is a second name for a directory";
  return NULL;
}

/* The name of an entry for people; the next call changes it. */
static const char *printable(const struct dirent *entry)
{
  static char text[DIRSIZ + 1];
  for (uint i = 0; i < DIRSIZ; i++) {
    uchar byte = entry->name[i];
    text[i] = byte == '\0' || isprint(byte) ? byte : '?';
  }
  return text;
}

static void remove_entry(struct check *check, uint dir, uint index,
                         struct dirent *entry, const char *problem)
{
  fault(check, "remove it", "directory %u: entry %u (%s to inode %u) %s", dir,
        index, printable(entry), entry->inum, problem);
  memset(entry, 0, sizeof(*entry));
}

/* By name; of the same name the one that comes first in its block first. */
static int compare(const void *a, const void *b)
{
  const struct dirent *const *left = a, *const *right = b;
  int order = strncmp((*left)->name, (*right)->name, DIRSIZ);
  return order ? order : (*left > *right) - (*left < *right);
}

/* Remove entries whose name another one has. */
static void check_unique(struct check *check, uint inum)
{
  static struct dirent *sorted[MAXFILE * ENTRIES_PER_BLOCK];
  struct dinode *dir = disk_inode(&check->disk, inum);
  uint count = 0;
  for (uint i = NDOTS; i < entry_count(dir); i++) {
    struct dirent *entry = disk_entry_at(&check->disk, dir, i);
    if (!is_free(entry))
      sorted[count++] = entry;
  }
  qsort(sorted, count, sizeof(*sorted), compare);
  uint kept = 0;
  for (uint i = 1; i < count; i++) {
    if (strncmp(sorted[kept]->name, sorted[i]->name, DIRSIZ) != 0) {
      kept = i;
      continue;
    }
    fault(check, "remove it", "directory %u has %s twice", inum,
          printable(sorted[i]));
    memset(sorted[i], 0, sizeof(*sorted[i]));
  }
}

/* Look at the entries of a directory. The directories among them go to the
 * end of the queue. */
static void check_entries(struct check *check, uint inum, uint *queue_end)
{
  struct dinode *dir = disk_inode(&check->disk, inum);
  for (uint i = NDOTS; i < entry_count(dir); i++) {
    struct dirent *entry = disk_entry_at(&check->disk, dir, i);
    if (is_free(entry))
      continue;
    const char *problem = entry_problem(check, entry);
    if (problem) {
      remove_entry(check, inum, i, entry, problem);
      continue;
    }
    struct facts *facts = &check->facts[entry->inum];
    facts->names++;
    facts->reached = true;
    if (disk_inode(&check->disk, entry->inum)->type == T_DIR) {
      facts->parent = inum;
      check->facts[inum].subdirs++;
      check->queue[(*queue_end)++] = entry->inum;
    }
  }
}

void visit(struct check *check, uint top)
{
  uint next = 0, end = 0;
  check->queue[end++] = top;
  check->facts[top].reached = true;
  while (next < end) {
    uint inum = check->queue[next++];
    check_dot(check, inum, DOT, inum);
    check_dot(check, inum, DOTDOT, check->facts[inum].parent);
    check_unique(check, inum);
    check_entries(check, inum, &end);
  }
}

void check_names(struct check *check)
{
  check->facts[ROOTINO].parent = ROOTINO;
  visit(check, ROOTINO);
}
