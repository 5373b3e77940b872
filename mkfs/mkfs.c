/* mkfs IMAGE [-s BLOCKS] [-i INODES] [-l LOGBLOCKS] FILE...
 *
 * Write a disk image with these files in its root directory. A file is named
 * as its path ends, without a leading underscore: user/_cat becomes cat. The
 * image is written beside its place and moved there when it is whole. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mkfs/image.h"

#define DEFAULT_INODES 200
#define DECIMAL 10

/* One byte more than a file can have shows that it has too many. */
#define READ_MAX (MAXFILE * BSIZE + 1)

struct options {
  const char *image;
  unsigned long size, ninodes, log_blocks;
};

static void die(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

static void die(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fputs("mkfs: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  exit(1);
}

static unsigned long parse_count(const char *option, const char *text)
{
  char *end;
  errno = 0;
  unsigned long count = strtoul(text, &end, DECIMAL);
  if (*text < '0' || *text > '9' || *end || errno || count > 0xFFFFFFFF)
    die("%s: %s is not a count", option, text);
  return count;
}

static unsigned long *option_place(struct options *options, const char *name)
{
  if (strcmp(name, "-s") == 0)
    return &options->size;
  if (strcmp(name, "-i") == 0)
    return &options->ninodes;
  if (strcmp(name, "-l") == 0)
    return &options->log_blocks;
  die("%s: no such option", name);
}

/* Returns the index of the first file. */
static int parse_arguments(int argc, char **argv, struct options *options)
{
  int i = 2;
  if (argc < 2 || argv[1][0] == '-')
    die("usage: mkfs IMAGE [-s BLOCKS] [-i INODES] [-l LOGBLOCKS] FILE...");
  *options = (struct options){.image = argv[1],
                              .size = FSSIZE,
                              .ninodes = DEFAULT_INODES,
                              .log_blocks = LOGBLOCKS};
  for (; i < argc && argv[i][0] == '-'; i += 2) {
    unsigned long *place = option_place(options, argv[i]);
    if (i + 1 == argc)
      die("%s: a count is missing", argv[i]);
    *place = parse_count(argv[i], argv[i + 1]);
  }
  return i;
}

/* The name that a file gets. */
static const char *name_of(const char *path)
{
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  return *name == '_' ? name + 1 : name;
}

static void add_file(struct image *image, const char *path)
{
  static unsigned char data[READ_MAX];
  FILE *file = fopen(path, "rb");
  if (!file)
    die("%s: %s", path, strerror(errno));
  size_t nbytes = fread(data, 1, sizeof(data), file);
  if (ferror(file))
    die("%s: %s", path, strerror(errno));
  fclose(file);
  const char *problem = image_add(image, name_of(path), data, nbytes);
  if (problem)
    die("%s: %s", path, problem);
}

/* Write to PATH.tmp, and move it to PATH when all of it is there. */
static void write_image(const struct image *image, const char *path)
{
  static const char suffix[] = ".tmp";
  size_t length = strlen(path);
  char *partial = malloc(length + sizeof(suffix));
  if (!partial)
    die("there is not enough memory");
  memcpy(partial, path, length);
  memcpy(partial + length, suffix, sizeof(suffix));

  FILE *file = fopen(partial, "wb");
  if (!file)
    die("%s: %s", partial, strerror(errno));
  size_t written =
      fwrite(image->disk.bytes, BSIZE, image->disk.super.size, file);
  if (fclose(file) != 0 || written != image->disk.super.size ||
      rename(partial, path) != 0) {
    int error = errno;
    remove(partial);
    die("%s: %s", path, strerror(error));
  }
  free(partial);
}

int main(int argc, char **argv)
{
  struct options options;
  struct image image;
  int first_file = parse_arguments(argc, argv, &options);
  const char *problem =
      image_create(&image, options.size, options.ninodes, options.log_blocks);
  if (problem)
    die("%s: %s", options.image, problem);
  for (int i = first_file; i < argc; i++)
    add_file(&image, argv[i]);
  write_image(&image, options.image);
  image_free(&image);
  return 0;
}
