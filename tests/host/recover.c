/* recover: do to disk images what the kernel does when it boots from them.
 *
 * Each line of the input names an image, which is mounted (its log replayed,
 * its orphans freed), synced and written back. The answer is a line: "ok", or
 * what is wrong with the image, which is then left as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fs/log.h"
#include "fs/super.h"
#include "lib/panic.h"
#include "tests/host/disk.h"
#include "tests/host/fs_help.h"
#include "tests/host/stubs.h"

#define PATH_MAX_BYTES 4096

static void copy_in(const char *path)
{
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0)
    panic("%s cannot be read", path);
  long nbytes = ftell(file);
  uint8 *bytes = malloc(nbytes);
  rewind(file);
  if (fread(bytes, 1, nbytes, file) != (size_t)nbytes)
    panic("%s cannot be read", path);
  fclose(file);
  host_disk_load(bytes, nbytes);
  free(bytes);
}

static void copy_out(const char *path)
{
  FILE *file = fopen(path, "wb");
  uint64 nbytes = host_disk_size();
  if (!file || fwrite(host_disk_bytes(), 1, nbytes, file) != nbytes ||
      fclose(file) != 0)
    panic("%s cannot be written", path);
}

static const char *recover(const char *path)
{
  copy_in(path);
  printed_clear();
  const char *problem = host_remount();
  if (!problem && log_sync() < 0)
    problem = "the disk cannot be written";
  if (!problem)
    copy_out(path);
  return problem;
}

int main(void)
{
  char path[PATH_MAX_BYTES];
  while (fgets(path, sizeof(path), stdin)) {
    path[strcspn(path, "\n")] = '\0';
    const char *problem = recover(path);
    puts(problem ? problem : "ok");
    fflush(stdout);
  }
  return 0;
}
