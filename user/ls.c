/* ls [PATH...]: a line for each file, with its name, type, inode and size. A
 * directory is listed by its entries. */
#include "user/user.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/stat.h"

/* The last part of a path. */
static const char *base_name(const char *path)
{
  const char *base = path;

  for (; *path != '\0'; path++)
    if (path[0] == '/' && path[1] != '\0')
      base = path + 1;
  return base;
}

/* Ends the program if the output takes no more. */
static void print_line(const char *path, const struct stat *st)
{
  char name[DIRSIZ + 1];
  const char *base = base_name(path);

  for (int i = 0; i < DIRSIZ; i++)
    name[i] = *base != '\0' ? *base++ : ' ';
  name[DIRSIZ] = '\0';
  if (printf("%s %d %u %lu\n", name, st->type, st->ino, st->size) < 0) {
    fprintf(2, "ls: write error\n");
    exit(1);
  }
}

/* Describe one name: a directory's entry. */
static int list_file(const char *path)
{
  struct stat st;

  if (stat(path, &st) < 0) {
    fprintf(2, "ls: cannot stat %s\n", path);
    return -1;
  }
  print_line(path, &st);
  return 0;
}

/* Describe all entries of the directory that fd reads. */
static int list_directory(int fd, const char *path)
{
  char entry_path[MAXPATH];
  struct dirent entry;
  uint length = strlen(path);
  int got, failed = 0;

  if (length + 1 + DIRSIZ + 1 > sizeof(entry_path)) {
    fprintf(2, "ls: path too long: %s\n", path);
    return -1;
  }
  strcpy(entry_path, path);
  if (length > 0 && path[length - 1] != '/')
    entry_path[length++] = '/';

  while ((got = read(fd, &entry, sizeof(entry))) == sizeof(entry)) {
    if (entry.inum == 0)
      continue;
    memcpy(entry_path + length, entry.name, DIRSIZ);
    entry_path[length + DIRSIZ] = '\0';
    if (list_file(entry_path) < 0)
      failed = 1;
  }
  if (got != 0)
    fprintf(2, "ls: %s: read error\n", path);
  return got != 0 || failed ? -1 : 0;
}

static int list(const char *path)
{
  struct stat st;
  int result = -1;

  int fd = open(path, O_RDONLY);
  if (fd < 0) {
    fprintf(2, "ls: cannot open %s\n", path);
    return -1;
  }
  if (fstat(fd, &st) < 0)
    fprintf(2, "ls: cannot stat %s\n", path);
  else if (st.type == T_DIR)
    result = list_directory(fd, path);
  else {
    print_line(path, &st);
    result = 0;
  }
  close(fd);
  return result;
}

int main(int argc, char **argv)
{
  int failed = 0;

  if (argc < 2)
    return list(".") < 0;
  for (int i = 1; i < argc; i++)
    if (list(argv[i]) < 0)
      failed = 1;
  return failed;
}
