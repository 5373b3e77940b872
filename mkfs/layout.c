/* The superblock, checked and computed from itself; the log. */
#include "mkfs/layout.h"
#include <string.h>

static uint64 inodes_end(const struct superblock *super)
{
  return (uint64)super->inodestart + disk_groups(super->ninodes, IPB);
}

static uint64 bitmap_end(const struct superblock *super)
{
  return (uint64)super->bmapstart + disk_groups(super->size, BPB);
}

/* All but how it fits the image. */
static const char *parts_problem(const struct superblock *super)
{
  uint64 log_end = (uint64)super->logstart + super->nlog;
  uint data_start = super->size - super->nblocks;
  if (super->magic != FSMAGIC)
    return "it is not that of a file system";
  if (super->logstart <= SUPER_BLOCK || log_end > super->inodestart)
    return "the log is misplaced";
  if (super->nlog < 1 + MAXOPBLOCKS)
    return "the log is too small";
  if (super->ninodes <= ROOTINO)
    return "there are no inodes";
  if (inodes_end(super) > super->bmapstart)
    return "the inodes are misplaced";
  if (super->nblocks > super->size || bitmap_end(super) > data_start)
    return "the bitmap is misplaced";
  if (super->bmapstart - inodes_end(super) > 1)
    return "there are too few inodes for their blocks";
  if (data_start - bitmap_end(super) > 1)
    return "there are unused blocks before the data";
  return NULL;
}

const char *layout_problem(const struct superblock *super, uint64 image_blocks)
{
  const char *problem = parts_problem(super);
  if (!problem && super->size > image_blocks)
    problem = "the image is shorter than it says";
  return problem;
}

/* No block is left between two parts: so every field follows from others. */
static bool is_tight(const struct superblock *super)
{
  return super->logstart == SUPER_BLOCK + 1 &&
         super->logstart + super->nlog == super->inodestart &&
         inodes_end(super) == super->bmapstart &&
         bitmap_end(super) == super->size - super->nblocks;
}

/* The superblock with one field computed from others. */
struct candidate {
  const char *field;
  struct superblock super;
};

#define NFIELDS (sizeof(struct superblock) / sizeof(uint))

static void make_candidates(struct candidate candidate[NFIELDS],
                            const struct superblock *super, uint image_blocks)
{
  uint bitmap_blocks = disk_groups(super->size, BPB);
  const struct {
    const char *name;
    uint value;
  } computed[NFIELDS] = {
      {"magic", FSMAGIC},
      {"size", image_blocks},
      {"nblocks", super->size - super->bmapstart - bitmap_blocks},
      {"ninodes", (super->bmapstart - super->inodestart) * IPB},
      {"nlog", super->inodestart - super->logstart},
      {"logstart", SUPER_BLOCK + 1},
      {"inodestart", super->logstart + super->nlog},
      {"bmapstart", super->size - super->nblocks - bitmap_blocks},
  };
  for (uint i = 0; i < NFIELDS; i++) {
    candidate[i].field = computed[i].name;
    candidate[i].super = *super;
    ((uint *)&candidate[i].super)[i] = computed[i].value;
  }
}

const char *layout_mend(struct superblock *super, uint64 image_blocks)
{
  struct candidate candidate[NFIELDS];
  make_candidates(candidate, super, image_blocks);
  for (int tight = 1; tight >= 0; tight--) {
    for (uint i = 0; i < NFIELDS; i++) {
      if (layout_problem(&candidate[i].super, image_blocks) == NULL &&
          (is_tight(&candidate[i].super) || !tight)) {
        *super = candidate[i].super;
        return candidate[i].field;
      }
    }
  }
  return NULL;
}

uint64 layout_extent(const struct superblock *super, uint64 image_blocks)
{
  struct superblock mended = *super;
  uint data_start = super->size - super->nblocks;
  if (parts_problem(super) == NULL && super->size > image_blocks &&
      data_start <= image_blocks && !layout_mend(&mended, image_blocks))
    return super->size;
  return image_blocks;
}

static uint log_room(const struct superblock *super)
{
  return super->nlog - 1 < LOGBLOCKS ? super->nlog - 1 : LOGBLOCKS;
}

static struct logheader *log_header(const struct disk *disk)
{
  return disk_block(disk, disk->super.logstart);
}

const char *layout_log_problem(const struct disk *disk)
{
  const struct logheader *header = log_header(disk);
  if (header->n < 0 || (uint)header->n > log_room(&disk->super))
    return "it has more blocks than there is room for";
  for (int i = 0; i < header->n; i++) {
    uint home = header->block[i];
    if (home < disk->super.inodestart || home >= disk->super.size)
      return "it names a block that is not a file's";
  }
  return NULL;
}

uint layout_replay(struct disk *disk)
{
  struct logheader *header = log_header(disk);
  uint count = header->n;
  for (uint i = 0; i < count; i++)
    memcpy(disk_block(disk, header->block[i]),
           disk_block(disk, disk->super.logstart + 1 + i), BSIZE);
  header->n = 0;
  return count;
}
