/* Inodes by themselves: types, block numbers, sizes. */
#include <string.h>
#include "mkfs/state.h"

static bool has_blocks(const struct dinode *inode)
{
  for (uint i = 0; i <= NDIRECT; i++) {
    if (inode->addrs[i])
      return true;
  }
  return false;
}

bool looks_like_directory(const struct disk *disk, uint inum)
{
  uint blockno = disk_inode(disk, inum)->addrs[0];
  if (!disk_is_data(disk, blockno))
    return false;
  const struct dirent *entry = disk_block(disk, blockno);
  return entry[0].inum == inum && strncmp(entry[0].name, ".", DIRSIZ) == 0 &&
         strncmp(entry[1].name, "..", DIRSIZ) == 0;
}

/* R3 for one inode, the root's part aside. */
static void check_type(struct check *check, uint inum, struct dinode *inode)
{
  if (inode->type >= T_DIR && inode->type <= T_DEVICE) {
    if (inode->type == T_DEVICE && (inode->size || has_blocks(inode))) {
      fault(check, "drop it", "inode %u is a device and has content", inum);
      inode->size = 0;
      memset(inode->addrs, 0, sizeof(inode->addrs));
    }
    return;
  }
  if (inode->type == 0 && inode->nlink == 0 && !has_blocks(inode))
    return;
  bool is_dir = looks_like_directory(&check->disk, inum);
  const char *remedy = is_dir ? "make it a directory" : "make it a file";
  if (inode->type == 0)
    fault(check, remedy, "inode %u is free and has links or blocks", inum);
  else
    fault(check, remedy, "inode %u has the unknown type %d", inum, inode->type);
  inode->type = is_dir ? T_DIR : T_FILE;
}

uint find_free_inode(const struct disk *disk)
{
  uint inum = ROOTINO + 1;
  while (inum < disk_inode_count(disk) && disk_inode(disk, inum)->type != 0)
    inum++;
  return inum < disk_inode_count(disk) ? inum : 0;
}

/* R3's root. A file in its place goes to another inode, to be found later. */
static void check_root(struct check *check)
{
  struct dinode *root = disk_inode(&check->disk, ROOTINO);
  if (root->type == T_DIR)
    return;
  fault(check, "make it one", "inode 1, the root, is not a directory");
  if (!looks_like_directory(&check->disk, ROOTINO)) {
    uint inum = root->type ? find_free_inode(&check->disk) : 0;
    if (inum)
      *disk_inode(&check->disk, inum) = *root;
    *root = (struct dinode){.nlink = 1};
  }
  root->type = T_DIR;
}

/* Clear the numbers that are no data blocks'. Returns how many; *first is
 * one. */
static uint clear_bad(const struct disk *disk, uint *number, uint count,
                      uint *first)
{
  uint found = 0;
  for (uint i = 0; i < count; i++) {
    if (number[i] && !disk_is_data(disk, number[i])) {
      *first = number[i];
      number[i] = 0;
      found++;
    }
  }
  return found;
}

static void mark_used(struct check *check, const uint *number, uint count)
{
  for (uint i = 0; i < count; i++)
    check->used[number[i]] |= number[i] != 0;
}

/* The first half of R4, for one inode. */
static void check_numbers(struct check *check, uint inum, struct dinode *inode)
{
  uint first = 0; /* some compilers cannot see that it is set where bad > 0 */
  uint bad = clear_bad(&check->disk, inode->addrs, NDIRECT + 1, &first);
  uint indirect = inode->addrs[NDIRECT];
  mark_used(check, inode->addrs, NDIRECT + 1);
  if (indirect) {
    uint *number = disk_block(&check->disk, indirect);
    bad += clear_bad(&check->disk, number, NINDIRECT, &first);
    mark_used(check, number, NINDIRECT);
  }
  if (bad)
    fault(check, "clear them",
          "inode %u has %u numbers of blocks outside the data, such as %u",
          inum, bad, first);
}

void check_types(struct check *check)
{
  struct dinode *unused = disk_inode(&check->disk, 0);
  if (unused->type != 0) {
    fault(check, "make it free", "inode 0, which is none, is in use");
    memset(unused, 0, sizeof(*unused));
  }
  for (uint inum = ROOTINO; inum < disk_inode_count(&check->disk); inum++)
    check_type(check, inum, disk_inode(&check->disk, inum));
  check_root(check);
  for (uint inum = ROOTINO; inum < disk_inode_count(&check->disk); inum++) {
    struct dinode *inode = disk_inode(&check->disk, inum);
    if (inode->type != 0)
      check_numbers(check, inum, inode);
  }
}

uint take_block(struct check *check, uint inum)
{
  struct disk *disk = &check->disk;
  uint blockno = check->first_free;
  while (blockno < disk->super.size && check->used[blockno])
    blockno++;
  check->first_free = blockno;
  if (blockno == disk->super.size)
    return 0;
  check->used[blockno] = true;
  check->owner[blockno] = inum;
  disk_mark(disk, blockno, true);
  memset(disk_block(disk, blockno), 0, BSIZE);
  return blockno;
}

/* A number that an inode names, for the first time or not. */
static void claim(struct check *check, uint inum, uint *number)
{
  if (*number == 0)
    return;
  uint other = check->owner[*number];
  if (other == 0) {
    check->owner[*number] = inum;
    return;
  }
  fault(check, "give the second a copy", "block %u is of inode %u and of %u",
        *number, other, inum);
  uint copy = take_block(check, inum);
  if (copy)
    memcpy(disk_block(&check->disk, copy), disk_block(&check->disk, *number),
           BSIZE);
  *number = copy;
}

/* The second half of R4. An indirect block comes before what it names, so that
 * a copy is made of it as it was. */
void check_claims(struct check *check)
{
  for (uint inum = ROOTINO; inum < disk_inode_count(&check->disk); inum++) {
    struct dinode *inode = disk_inode(&check->disk, inum);
    if (inode->type == 0)
      continue;
    claim(check, inum, &inode->addrs[NDIRECT]);
    for (uint i = 0; i < NDIRECT; i++)
      claim(check, inum, &inode->addrs[i]);
    uint indirect = inode->addrs[NDIRECT];
    for (uint i = 0; indirect && i < NINDIRECT; i++)
      claim(check, inum, (uint *)disk_block(&check->disk, indirect) + i);
  }
}

/* The block after the last one that the inode names. */
static uint block_end(const struct disk *disk, struct dinode *inode)
{
  uint end = MAXFILE;
  for (; end > 0; end--) {
    const uint *number = disk_number_at(disk, inode, end - 1);
    if (number && *number)
      break;
  }
  return end;
}

/* Put zeros where a file lacks blocks. The size ends where there are no blocks
 * left to put. */
static void fill_holes(struct check *check, uint inum, struct dinode *inode)
{
  uint missing = 0, count = disk_groups(inode->size, BSIZE);
  for (uint i = 0; i < count; i++) {
    uint *number = disk_number_at(&check->disk, inode, i);
    if (*number != 0)
      continue;
    missing++;
    *number = take_block(check, inum);
    if (*number == 0) {
      inode->size = i * BSIZE;
      break;
    }
  }
  if (missing)
    fault(check, "put zeros there", "inode %u lacks %u of its blocks", inum,
          missing);
}

/* R5 for one inode. */
static void check_size(struct check *check, uint inum, struct dinode *inode)
{
  bool is_dir = inode->type == T_DIR;
  uint most = (is_dir ? MAXFILE : block_end(&check->disk, inode)) * BSIZE;
  if (inode->size > most) {
    fault(check, "cut it", "inode %u has %u bytes, and blocks for %u", inum,
          inode->size, most);
    inode->size = most;
  }
  if (inode->type == T_FILE)
    fill_holes(check, inum, inode);
  if (is_dir && inode->size % sizeof(struct dirent) != 0) {
    fault(check, "cut it", "directory %u ends within an entry", inum);
    inode->size -= inode->size % sizeof(struct dirent);
  }
}

void check_sizes(struct check *check)
{
  for (uint inum = ROOTINO; inum < disk_inode_count(&check->disk); inum++) {
    struct dinode *inode = disk_inode(&check->disk, inum);
    if (inode->type != 0)
      check_size(check, inum, inode);
  }
}
