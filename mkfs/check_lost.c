/* R7: inodes that no entry leads to. What holds something gets a name in
 * lost+found, the rest is freed. */
#include <string.h>
#include "mkfs/state.h"

static const char lost_found_name[] = "lost+found";

/* A name in lost+found: #INODE, and .N if that is taken. */
#define LOST_NAME_MAX (DIRSIZ + 1)

static void free_block(struct check *check, uint blockno)
{
  if (blockno == 0)
    return;
  check->used[blockno] = false;
  check->owner[blockno] = 0;
  disk_mark(&check->disk, blockno, false);
  if (blockno < check->first_free)
    check->first_free = blockno;
}

static void free_inode(struct check *check, uint inum)
{
  struct dinode *inode = disk_inode(&check->disk, inum);
  for (uint i = 0; i < MAXFILE; i++) {
    const uint *number = disk_number_at(&check->disk, inode, i);
    free_block(check, number ? *number : 0);
  }
  free_block(check, inode->addrs[NDIRECT]);
  memset(inode, 0, sizeof(*inode));
}

static bool is_lost(const struct check *check, uint inum)
{
  return disk_inode(&check->disk, inum)->type != 0 &&
         !check->facts[inum].reached;
}

static bool is_lost_dir(const struct check *check, uint inum)
{
  return is_lost(check, inum) && disk_inode(&check->disk, inum)->type == T_DIR;
}

/* The lost inode that entry index of a directory names, 0 if it names none. */
static uint lost_target(const struct check *check, uint inum, uint index)
{
  struct dinode *dir = disk_inode(&check->disk, inum);
  const struct dirent *entry = disk_entry_at(&check->disk, dir, index);
  if (!entry || entry->inum == 0 || entry->inum == inum ||
      entry->inum >= disk_inode_count(&check->disk) ||
      strncmp(entry->name, "..", DIRSIZ) == 0)
    return 0;
  return is_lost(check, entry->inum) ? entry->inum : 0;
}

static bool holds_lost(const struct check *check, uint inum)
{
  uint count = entry_count(disk_inode(&check->disk, inum));
  uint index = 0;
  while (index < count && !lost_target(check, inum, index))
    index++;
  return index < count;
}

/* An inode that a directory has under this name; 0 if it has none. */
static uint find(const struct check *check, uint inum, const char *name)
{
  struct dinode *dir = disk_inode(&check->disk, inum);
  for (uint i = 0; i < entry_count(dir); i++) {
    const struct dirent *entry = disk_entry_at(&check->disk, dir, i);
    if (entry && entry->inum && strncmp(entry->name, name, DIRSIZ) == 0)
      return entry->inum;
  }
  return 0;
}

/* Add an inode to a directory that was reached. */
static bool adopt(struct check *check, uint parent, const char *name, uint inum)
{
  struct dinode *inode = disk_inode(&check->disk, inum);
  struct facts *facts = &check->facts[inum];
  if (!add_entry(check, parent, name, inum))
    return false;
  facts->names++;
  facts->reached = true;
  if (inode->type == T_DIR) {
    facts->parent = parent;
    check->facts[parent].subdirs++;
    disk_inode(&check->disk, parent)->nlink++;
    visit(check, inum);
  } else {
    inode->nlink = 1;
  }
  return true;
}

/* Make lost+found in the root. 0: no room. */
static uint make_lost_found(struct check *check)
{
  uint inum = find_free_inode(&check->disk);
  if (inum == 0)
    return 0;
  struct dinode *dir = disk_inode(&check->disk, inum);
  *dir = (struct dinode){.type = T_DIR, .nlink = 1};
  dir->addrs[0] = take_block(check, inum);
  struct dirent *entry = disk_entry_at(&check->disk, dir, 0);
  if (entry) {
    entry[0] = (struct dirent){.inum = inum, .name = "."};
    entry[1] = (struct dirent){.inum = ROOTINO, .name = ".."};
    dir->size = 2 * sizeof(*entry);
    if (adopt(check, ROOTINO, lost_found_name, inum))
      return inum;
  }
  free_inode(check, inum);
  return 0;
}

/* The directory for what was lost: the root, if lost+found is something else
 * or there is no room for it. */
static uint lost_found(struct check *check)
{
  if (check->lost_found == 0) {
    uint found = find(check, ROOTINO, lost_found_name);
    if (found == 0)
      found = make_lost_found(check);
    bool is_dir = found && disk_inode(&check->disk, found)->type == T_DIR;
    check->lost_found = is_dir ? found : ROOTINO;
  }
  return check->lost_found;
}

static void rescue(struct check *check, uint inum)
{
  char name[LOST_NAME_MAX];
  uint parent = lost_found(check);
  bool in_root = parent == ROOTINO;
  snprintf(name, sizeof(name), "#%u", inum);
  for (uint i = 1; find(check, parent, name); i++)
    snprintf(name, sizeof(name), "#%u.%u", inum, i);
  if (adopt(check, parent, name, inum))
    fault(check, in_root ? "name it in the root" : "name it in lost+found",
          "inode %u has no name", inum);
  else
    fault_stuck(check, "inode %u has no name, and there is no room for one",
                inum);
}

/* An inode with nothing in it. A mount frees it by itself if it has no links
 * either. */
static void drop(struct check *check, uint inum)
{
  if (disk_inode(&check->disk, inum)->nlink == 0)
    note(check, "inode %u was removed while open; it is freed", inum);
  else
    fault(check, "free it", "inode %u is empty and has no name", inum);
  free_inode(check, inum);
}

/* Remember for each lost inode that a lost directory names it. */
static void note_parents(struct check *check)
{
  for (uint inum = ROOTINO; inum < disk_inode_count(&check->disk); inum++) {
    if (!is_lost_dir(check, inum))
      continue;
    uint count = entry_count(disk_inode(&check->disk, inum));
    for (uint i = 0; i < count; i++)
      check->facts[lost_target(check, inum, i)].parent = inum;
  }
}

/* Directories, with all that is found below them. First those that stand at
 * the top of a tree; what then is left are circles. */
static void rescue_directories(struct check *check, bool tops_only)
{
  for (uint inum = ROOTINO; inum < disk_inode_count(&check->disk); inum++) {
    if (is_lost_dir(check, inum) && holds_lost(check, inum) &&
        !(tops_only && check->facts[inum].parent))
      rescue(check, inum);
  }
}

void check_lost(struct check *check)
{
  note_parents(check);
  rescue_directories(check, true);
  rescue_directories(check, false);
  for (uint inum = ROOTINO; inum < disk_inode_count(&check->disk); inum++) {
    const struct dinode *inode = disk_inode(&check->disk, inum);
    if (!is_lost(check, inum))
      continue;
    if (inode->nlink == 0 || inode->type != T_FILE || inode->size == 0)
      drop(check, inum);
    else
      rescue(check, inum);
  }
}
