/* ls [PATH...]: a line for each file, with its name, type, inode and size. A
 * directory is listed by its entries; if they are more than a screen has lines,
 * and go to one, two share a line. */
#include "user/user.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/stat.h"

#define SCREEN_LINES 22 /* beside the command and the next prompt */
#define COLUMN 39

static int in_columns; /* two files share a line */
static struct stat left;
static char left_name[DIRSIZ + 1]; /* the one that waits for its neighbour */

/* The last part of a path. */
static const char *base_name(const char *path)
{
  const char *base = path;

  for (; *path != '\0'; path++)
    if (path[0] == '/' && path[1] != '\0')
      base = path + 1;
  return base;
}

/* Spaces from the end of what is printed of a file to the next column. */
static const char *padding(const struct stat *st)
{
  static char spaces[COLUMN + 1];
  int width = DIRSIZ + 6; /* with a digit of each number */

  memset(spaces, ' ', COLUMN);
  for (uint64 n = st->ino; n >= 10; n /= 10)
    width++;
  for (uint64 n = st->size; n >= 10; n /= 10)
    width++;
  return spaces + (width < COLUMN ? width : COLUMN - 1);
}

/* Ends the program if the output takes no more. */
static void check_printed(int nbytes)
{
  if (nbytes < 0) {
    fprintf(2, "ls: write error\n");
    exit(1);
  }
}

/* Each line is one write: what others print does not fall into it. */
static void print_file(const char *path, const struct stat *st)
{
  char name[DIRSIZ + 1];
  const char *base = base_name(path);

  for (int i = 0; i < DIRSIZ; i++)
    name[i] = *base != '\0' ? *base++ : ' ';
  name[DIRSIZ] = '\0';
  if (!in_columns) {
    check_printed(printf("%s %d %u %lu\n", name, st->type, st->ino, st->size));
  } else if (left_name[0] == '\0') {
    strcpy(left_name, name);
    left = *st;
  } else {
    check_printed(printf("%s %d %u %lu%s%s %d %u %lu\n", left_name, left.type,
                         left.ino, left.size, padding(&left), name, st->type,
                         st->ino, st->size));
    left_name[0] = '\0';
  }
}

/* Lay out the entries of a directory of this size. */
static void begin_columns(uint64 size)
{
  struct stat out;
  int is_screen = fstat(1, &out) == 0 && out.type == T_DEVICE;

  in_columns = is_screen && size > SCREEN_LINES * sizeof(struct dirent);
}

static void end_columns(void)
{
  in_columns = 0;
  if (left_name[0] != '\0')
    print_file(left_name, &left);
  left_name[0] = '\0';
}

/* Describe one name: a directory's entry. */
static int list_file(const char *path)
{
  struct stat st;

  if (stat(path, &st) < 0) {
    fprintf(2, "ls: cannot stat %s\n", path);
    return -1;
  }
  print_file(path, &st);
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
  else if (st.type == T_DIR) {
    begin_columns(st.size);
    result = list_directory(fd, path);
    end_columns();
  } else {
    print_file(path, &st);
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
