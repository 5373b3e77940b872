/* One check of a disk, from its superblock to its bitmap. */
#include "mkfs/check.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "mkfs/layout.h"
#include "mkfs/state.h"

#define MAX_NLINK 32767 /* of a short */

/* Mending one thing can bring another to light: a directory that is found
 * again has entries to be looked at. */
#define MAX_ROUNDS 8

static void say(struct check *check, const char *format, va_list args)
{
  fprintf(check->out, "fsck: ");
  vfprintf(check->out, format, args);
}

void fault(struct check *check, const char *remedy, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  say(check, format, args);
  va_end(args);
  fprintf(check->out, "; %s\n", remedy);
  check->result.faults++;
}

void fault_stuck(struct check *check, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  say(check, format, args);
  va_end(args);
  fprintf(check->out, "; this cannot be mended\n");
  check->result.faults++;
  check->result.stuck++;
}

void note(struct check *check, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  say(check, format, args);
  va_end(args);
  fprintf(check->out, "\n");
}

/* R8 */
static void check_links(struct check *check)
{
  for (uint inum = ROOTINO; inum < disk_inode_count(&check->disk); inum++) {
    struct dinode *inode = disk_inode(&check->disk, inum);
    const struct facts *facts = &check->facts[inum];
    if (inode->type == 0 || !facts->reached)
      continue;
    uint links = inode->type == T_DIR ? 1 + facts->subdirs : facts->names;
    if (links > MAX_NLINK)
      links = MAX_NLINK;
    if (inode->nlink != (int)links) {
      fault(check, "set its count", "inode %u counts %d links and has %u", inum,
            inode->nlink, links);
      inode->nlink = links;
    }
  }
}

/* The first block from blockno on that is not in this state. */
static uint end_of_run(const struct check *check, uint blockno, bool used,
                       bool marked)
{
  const struct disk *disk = &check->disk;
  while (blockno < disk->super.size &&
         disk_is_marked(disk, blockno) == marked &&
         (blockno < disk_data_start(disk) || check->used[blockno]) == used)
    blockno++;
  return blockno;
}

/* R9 */
static void check_bitmap(struct check *check)
{
  struct disk *disk = &check->disk;
  uint end;
  for (uint start = 0; start < disk->super.size; start = end) {
    bool used = start < disk_data_start(disk) || check->used[start];
    bool marked = disk_is_marked(disk, start);
    end = end_of_run(check, start, used, marked);
    if (used == marked)
      continue;
    fault(check, used ? "mark them as in use" : "mark them as free",
          "blocks %u to %u are %s", start, end - 1,
          used ? "in use and marked as free" : "free and marked as in use");
    for (uint blockno = start; blockno < end; blockno++)
      disk_mark(disk, blockno, used);
  }
}

/* R3 to R9. The number of faults found. */
static uint check_round(struct check *check)
{
  uint before = check->result.faults;
  uint ninodes = disk_inode_count(&check->disk);
  memset(check->owner, 0, check->disk.super.size * sizeof(*check->owner));
  memset(check->used, 0, check->disk.super.size);
  memset(check->facts, 0, ninodes * sizeof(*check->facts));
  check->first_free = disk_data_start(&check->disk);
  check->lost_found = 0;
  check_types(check);
  check_claims(check);
  check_sizes(check);
  check_names(check);
  check_lost(check);
  check_links(check);
  check_bitmap(check);
  return check->result.faults - before;
}

/* Rounds until nothing is found; what is found when one had to give up was
 * there before. */
static void check_contents(struct check *check)
{
  uint ninodes = disk_inode_count(&check->disk);
  check->owner = calloc(check->disk.super.size, sizeof(*check->owner));
  check->used = calloc(check->disk.super.size, 1);
  check->facts = calloc(ninodes, sizeof(*check->facts));
  check->queue = calloc(ninodes, sizeof(*check->queue));
  uint found = 1, round = 0;
  if (check->owner && check->used && check->facts && check->queue) {
    while (found > 0 && check->result.stuck == 0 && round++ < MAX_ROUNDS)
      found = check_round(check);
  }
  if (found > 0 && check->result.stuck == 0)
    fault_stuck(check, round ? "there is no end of faults"
                             : "there is not enough memory");
  free(check->owner);
  free(check->used);
  free(check->facts);
  free(check->queue);
}

/* R1. Whether one can go on. */
static bool check_super(struct check *check, uint64 nblocks,
                        uint64 image_blocks)
{
  struct superblock *super = &check->disk.super;
  memcpy(super, disk_block(&check->disk, SUPER_BLOCK), sizeof(*super));
  const char *problem = layout_problem(super, nblocks);
  if (problem) {
    const char *field = layout_mend(super, nblocks);
    if (!field) {
      fault_stuck(check, "superblock: %s", problem);
      return false;
    }
    fault(check, "set the field that the others tell", "superblock: %s (%s)",
          problem, field);
    memcpy(disk_block(&check->disk, SUPER_BLOCK), super, sizeof(*super));
  }
  if (super->size > image_blocks)
    fault(check, "add blocks of zeros",
          "the image has %lu blocks and its superblock says %u", image_blocks,
          super->size);
  return true;
}

/* R2 */
static void check_log(struct check *check)
{
  struct disk *disk = &check->disk;
  const char *problem = layout_log_problem(disk);
  if (problem) {
    fault(check, "empty the log", "log: %s", problem);
    memset(disk_block(disk, disk->super.logstart), 0, BSIZE);
  }
  uint replayed = layout_replay(disk);
  if (replayed > 0)
    note(check, "the log holds %u blocks; they are replayed first", replayed);
}

struct check_result check_image(uchar *bytes, uint64 nblocks,
                                uint64 image_blocks, FILE *out)
{
  struct check check = {.disk = {.bytes = bytes}, .out = out};
  if (nblocks <= SUPER_BLOCK)
    fault_stuck(&check, "the image is too short for a superblock");
  else if (check_super(&check, nblocks, image_blocks)) {
    check_log(&check);
    check_contents(&check);
    return check.result;
  }
  check.result.hopeless = true;
  return check.result;
}
