/* fsscript: run file-system calls, one on a line of standard input, and print
 * what each gives, for comparison with another system. Arguments are single
 * words; a file is named by a slot, which is not its descriptor.
 *
 *   open SLOT PATH MODE      into a slot that is free
 *   pipe SLOT SLOT           the end that reads, the end that writes
 *   dup SLOT SLOT            from, into
 *   close SLOT
 *   read SLOT NBYTES         prints also the checksum of what came
 *   write SLOT NBYTES SEED   bytes SEED, SEED + 1 and so on
 *   stat SLOT                prints also type, and links and size of a file
 *   link PATH PATH | unlink PATH | mkdir PATH | chdir PATH
 *   list PATH                the names in a directory, a line " NAME" each
 *   tree PATH                all below a directory, a line each; then it is
 *                            removed with all slots closed
 *
 * An empty PATH is written as a minus. Other lines end it with status 1. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/param.h"
#include "kernel/stat.h"
#include "user/user.h"
#include "user/lib/util.h"

#define SLOTS 8
#define WORDS 4
#define LINE_BYTES 512
#define BUFFER_BYTES 32768
#define ADLER_MODULUS 65521 /* RFC 1950, Data format */
#define DEPTH_MAX 32

static int slots[SLOTS]; /* descriptors, -1 for none */
static char buffer[BUFFER_BYTES];

static void stop(const char *line)
{
  fprintf(2, "fsscript: not understood: %s\n", line);
  exit(1);
}

static int number_of(const char *word, int limit)
{
  int value;

  if (parse_number(word, &value) < 0 || value >= limit)
    stop(word);
  return value;
}

static int *slot_of(const char *word)
{
  return &slots[number_of(word, SLOTS)];
}

static const char *path_of(const char *word)
{
  return strcmp(word, "-") == 0 ? "" : word;
}

/* Adler-32 of RFC 1950, going on from sum; that of nothing is 1. */
static uint checksum(uint sum, const char *bytes, int nbytes)
{
  uint low = sum & 0xFFFF, high = sum >> 16;

  for (int i = 0; i < nbytes; i++) {
    low = (low + (uchar)bytes[i]) % ADLER_MODULUS;
    high = (high + low) % ADLER_MODULUS;
  }
  return high << 16 | low;
}

static int result_only(int result)
{
  printf("%d\n", result < 0 ? -1 : result);
  return result;
}

/* Whether it worked, since descriptors need not be alike. */
static void put_in_slot(int *slot, int fd)
{
  *slot = fd;
  result_only(fd < 0 ? -1 : 0);
}

static void call_open(char **word)
{
  put_in_slot(slot_of(word[0]),
              open(path_of(word[1]), number_of(word[2], 1 << 16)));
}

static void call_pipe(char **word)
{
  int fds[2] = {-1, -1};
  int result = pipe(fds);

  *slot_of(word[0]) = fds[0];
  *slot_of(word[1]) = fds[1];
  result_only(result);
}

static void call_dup(char **word)
{
  put_in_slot(slot_of(word[1]), dup(*slot_of(word[0])));
}

static void call_close(char **word)
{
  int *slot = slot_of(word[0]);

  result_only(close(*slot));
  *slot = -1;
}

static void call_read(char **word)
{
  int got = read(*slot_of(word[0]), buffer, number_of(word[1], BUFFER_BYTES));

  printf("%d %u\n", got, got < 0 ? 0 : checksum(1, buffer, got));
}

static void call_write(char **word)
{
  int nbytes = number_of(word[1], BUFFER_BYTES);
  int seed = number_of(word[2], 256);

  for (int i = 0; i < nbytes; i++)
    buffer[i] = seed + i;
  result_only(write(*slot_of(word[0]), buffer, nbytes));
}

/* What is told of a directory's size and links is each system's own. */
static void print_stat(const struct stat *st)
{
  if (st->type == T_FILE)
    printf("file %d %u\n", st->nlink, (uint)st->size);
  else
    printf("directory\n");
}

static void call_stat(char **word)
{
  struct stat st;

  if (fstat(*slot_of(word[0]), &st) < 0)
    printf("-1\n");
  else
    print_stat(&st);
}

static void call_link(char **word)
{
  result_only(link(path_of(word[0]), path_of(word[1])));
}

static void call_unlink(char **word)
{
  result_only(unlink(path_of(word[0])));
}

static void call_mkdir(char **word)
{
  result_only(mkdir(path_of(word[0])));
}

static void call_chdir(char **word)
{
  result_only(chdir(path_of(word[0])));
}

/* The next name in a directory other than . and .. ; 0 at the end. */
static int next_name(int fd, char *name)
{
  struct dirent entry;

  while (read(fd, &entry, sizeof(entry)) == sizeof(entry)) {
    memcpy(name, entry.name, DIRSIZ);
    name[DIRSIZ] = '\0';
    if (entry.inum != 0 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
      return 1;
  }
  return 0;
}

static void call_list(char **word)
{
  char name[DIRSIZ + 1];
  struct stat st;
  int fd = open(path_of(word[0]), O_RDONLY);

  if (fd < 0 || fstat(fd, &st) < 0 || st.type != T_DIR) {
    printf("-1\n");
  } else {
    printf("0\n");
    while (next_name(fd, name))
      printf(" %s\n", name);
  }
  close(fd);
}

static void print_file(const char *path, int fd)
{
  uint sum = 1;
  struct stat st;

  fstat(fd, &st);
  for (int got; (got = read(fd, buffer, sizeof(buffer))) > 0;)
    sum = checksum(sum, buffer, got);
  printf(" %s file %d %u %u\n", path, st.nlink, (uint)st.size, sum);
}

/* Print and remove what path leads to. path has room for more; of a directory
 * all is printed before anything goes, so that links are counted in full. */
static void walk(char *path, int depth, int removes)
{
  struct stat st;
  int length = strlen(path);
  int fd = open(path, O_RDONLY);

  if (fd < 0 || fstat(fd, &st) < 0 || depth == DEPTH_MAX)
    stop(path);
  if (st.type == T_DIR) {
    if (!removes)
      printf(" %s directory\n", path);
    path[length] = '/';
    while (next_name(fd, path + length + 1))
      walk(path, depth + 1, removes);
    path[length] = '\0';
  } else if (!removes) {
    print_file(path, fd);
  }
  close(fd);
  if (removes && unlink(path) < 0)
    stop(path);
}

static void call_tree(char **word)
{
  static char path[LINE_BYTES];

  for (int i = 0; i < SLOTS; i++) {
    close(slots[i]);
    slots[i] = -1;
  }
  chdir("/");
  strcpy(path, word[0]);
  printf("0\n");
  walk(path, 0, 0);
  walk(path, 0, 1);
}

static const struct {
  const char *name;
  int nwords;
  void (*call)(char **word);
} calls[] = {
    {"open", 3, call_open},     {"pipe", 2, call_pipe},
    {"dup", 2, call_dup},       {"close", 1, call_close},
    {"read", 2, call_read},     {"write", 3, call_write},
    {"stat", 1, call_stat},     {"link", 2, call_link},
    {"unlink", 1, call_unlink}, {"mkdir", 1, call_mkdir},
    {"chdir", 1, call_chdir},   {"list", 1, call_list},
    {"tree", 1, call_tree},
};

/* Divide a line at its blanks. The number of words, at most max. */
static int divide(char *line, char **words, int max)
{
  int count = 0;

  while (count < max && *line != '\0') {
    words[count++] = line;
    line = strchr(line, ' ');
    if (line == NULL)
      break;
    *line++ = '\0';
  }
  return count;
}

static void run_line(char *line)
{
  char *words[WORDS + 1];
  int nwords = divide(line, words, WORDS + 1);

  for (int i = 0; i < (int)(sizeof(calls) / sizeof(calls[0])); i++) {
    if (nwords == calls[i].nwords + 1 && strcmp(words[0], calls[i].name) == 0) {
      calls[i].call(words + 1);
      return;
    }
  }
  stop(line);
}

/* A line without its newline, from pieces of the input. 0 at its end. */
static int next_line(char *line)
{
  static char piece[BSIZE];
  static int length, position;
  int nbytes = 0;

  for (;;) {
    if (position == length) {
      position = 0;
      length = read(0, piece, sizeof(piece));
      if (length <= 0)
        return 0;
    }
    char c = piece[position++];
    line[nbytes] = c == '\n' ? '\0' : c;
    if (c == '\n')
      return 1;
    if (++nbytes == LINE_BYTES) {
      line[LINE_BYTES - 1] = '\0';
      stop(line);
    }
  }
}

int main(void)
{
  static char line[LINE_BYTES];

  for (int i = 0; i < SLOTS; i++)
    slots[i] = -1;
  while (next_line(line))
    run_line(line);
  return 0;
}
