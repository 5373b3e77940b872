/* fsck [-n | -y] IMAGE
 *
 * Check a disk image and mend it: all of it is looked at and mended in memory,
 * then the image is written as a whole, or left alone.
 *
 *   -n  only look
 *   -y  mend; without either, ask
 *
 * The exit status is that of fsck(8). */
#include <stdio.h>
#include <string.h>
#include "mkfs/check.h"
#include "mkfs/mapping.h"

enum status {
  STATUS_CLEAN = 0,
  STATUS_MENDED = 1,
  STATUS_FAULTY = 4,
  STATUS_FAILED = 8,
  STATUS_USAGE = 16,
};

enum mode {
  MODE_ASK,
  MODE_LOOK,
  MODE_MEND
};

struct options {
  enum mode mode;
  const char *path;
};

/* False: they make no sense. */
static bool parse_arguments(int argc, char **argv, struct options *options)
{
  *options = (struct options){.mode = MODE_ASK};
  int i = 1;
  if (i < argc && strcmp(argv[i], "-n") == 0)
    options->mode = MODE_LOOK;
  else if (i < argc && strcmp(argv[i], "-y") == 0)
    options->mode = MODE_MEND;
  if (options->mode != MODE_ASK)
    i++;
  if (i + 1 != argc || argv[i][0] == '-')
    return false;
  options->path = argv[i];
  return true;
}

/* Whether the mended disk is to be written. */
static bool is_wanted(const struct options *options,
                      const struct check_result *result)
{
  if (options->mode == MODE_LOOK || result->hopeless)
    return false;
  if (options->mode == MODE_MEND)
    return true;
  if (result->faults == result->stuck)
    return false;
  char answer[BSIZE];
  printf("fsck: %s: mend what can be mended? [y/n] ", options->path);
  fflush(stdout);
  if (!fgets(answer, sizeof(answer), stdin)) {
    printf("\n");
    return false;
  }
  return answer[0] == 'y' || answer[0] == 'Y';
}

static void sum_up(const struct options *options,
                   const struct check_result *result, bool mended)
{
  if (result->faults == 0)
    printf("fsck: %s: clean\n", options->path);
  else if (!mended)
    printf("fsck: %s: %u faults, none mended\n", options->path, result->faults);
  else
    printf("fsck: %s: %u faults, %u mended\n", options->path, result->faults,
           result->faults - result->stuck);
}

static enum status check_file(const struct options *options)
{
  struct mapping mapping;
  const char *problem =
      mapping_open(&mapping, options->path, options->mode != MODE_LOOK);
  if (problem) {
    fprintf(stderr, "fsck: %s: %s\n", options->path, problem);
    return STATUS_FAILED;
  }
  struct check_result result =
      check_image(mapping.bytes, mapping.nblocks, mapping.image_blocks, stdout);
  bool mend = is_wanted(options, &result);
  if (mend)
    problem = mapping_save(&mapping);
  mapping_close(&mapping);
  if (problem) {
    fprintf(stderr, "fsck: %s: %s\n", options->path, problem);
    return STATUS_FAILED;
  }
  sum_up(options, &result, mend);
  if (result.faults == 0)
    return STATUS_CLEAN;
  return mend && result.stuck == 0 ? STATUS_MENDED : STATUS_FAULTY;
}

int main(int argc, char **argv)
{
  struct options options;
  if (!parse_arguments(argc, argv, &options)) {
    fprintf(stderr, "usage: fsck [-n | -y] IMAGE\n");
    return STATUS_USAGE;
  }
  return check_file(&options);
}
