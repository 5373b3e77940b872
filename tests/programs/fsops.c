/* fsops FILE...: for each file a process that does what its lines say:
 *
 *   create PATH                 append PATH LETTER NBYTES
 *   mkdir PATH                  truncate PATH
 *   link PATH NEWPATH           unlink PATH
 *   open PATH                   keep it open, and
 *   write LETTER NBYTES         write to it from its start on, until
 *   close
 *   sync                        say so, then wait for a line of input
 *
 * So that a test knows what the files hold after each line. A line is one
 * system call that changes the disk, or none. A process ends at the first line
 * that fails, and says which it is. */
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "user/lib/util.h"
#include "user/user.h"

#define SCRIPT_MAX 65536
#define WORDS_MAX 4
#define WRITE_MAX 16384

static char script[SCRIPT_MAX];
static char bytes[WRITE_MAX];
static int kept = -1;

static int close_if_open(int fd)
{
  return fd < 0 ? -1 : close(fd);
}

static int do_create(char **words)
{
  return close_if_open(open(words[1], O_CREATE | O_WRONLY));
}

static int write_letters(int fd, const char *letter, const char *count)
{
  int nbytes;
  if (parse_number(count, &nbytes) < 0 || nbytes > WRITE_MAX)
    return -1;
  memset(bytes, *letter, nbytes);
  return write(fd, bytes, nbytes) == nbytes ? 0 : -1;
}

static int do_append(char **words)
{
  int fd = open(words[1], O_RDWR);
  if (fd < 0)
    return -1;
  while (read(fd, bytes, sizeof(bytes)) > 0)
    ;
  int result = write_letters(fd, words[2], words[3]);
  close(fd);
  return result;
}

static int do_mkdir(char **words)
{
  return mkdir(words[1]);
}

static int do_truncate(char **words)
{
  return close_if_open(open(words[1], O_WRONLY | O_TRUNC));
}

static int do_link(char **words)
{
  return link(words[1], words[2]);
}

static int do_unlink(char **words)
{
  return unlink(words[1]);
}

static int do_open(char **words)
{
  kept = open(words[1], O_WRONLY);
  return kept < 0 ? -1 : 0;
}

static int do_write(char **words)
{
  return write_letters(kept, words[1], words[2]);
}

static int do_close(char **words)
{
  (void)words;
  return close_if_open(kept);
}

static int do_sync(char **words)
{
  char line[16];
  (void)words;
  if (sync() < 0)
    return -1;
  printf("fsops: synced\n");
  gets(line, sizeof(line));
  return 0;
}

static const struct operation {
  const char *name;
  int nwords;
  int (*run)(char **words);
} operations[] = {
    {"create", 2, do_create}, {"append", 4, do_append},
    {"mkdir", 2, do_mkdir},   {"truncate", 2, do_truncate},
    {"link", 3, do_link},     {"unlink", 2, do_unlink},
    {"open", 2, do_open},     {"write", 3, do_write},
    {"close", 1, do_close},   {"sync", 1, do_sync},
};

/* Cut at the first of these bytes; what comes after it, NULL at the end. */
static char *cut(char *text, char at)
{
  char *end = strchr(text, at);
  if (!end)
    return NULL;
  *end = '\0';
  return end + 1;
}

/* Do one line, which is cut up. */
static int do_line(char *line)
{
  char *words[WORDS_MAX];
  int nwords = 0;
  for (char *word = line; word && nwords < WORDS_MAX;) {
    words[nwords++] = word;
    word = cut(word, ' ');
  }
  for (uint i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
    const struct operation *operation = &operations[i];
    if (strcmp(words[0], operation->name) == 0)
      return nwords == operation->nwords ? operation->run(words) : -1;
  }
  return -1;
}

/* The script, closed by a NUL. 0 or -1. */
static int read_script(const char *path)
{
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  int length = read(fd, script, sizeof(script));
  close(fd);
  if (length < 0 || length == sizeof(script))
    return -1;
  script[length] = '\0';
  return 0;
}

static void do_script(const char *path)
{
  int number = 1;
  if (read_script(path) < 0) {
    fprintf(2, "fsops: cannot read %s\n", path);
    exit(1);
  }
  for (char *line = script, *next; *line; line = next) {
    next = cut(line, '\n');
    if (!next || do_line(line) < 0) {
      fprintf(2, "fsops: %s: line %d failed\n", path, number);
      exit(1);
    }
    number++;
  }
  exit(0);
}

int main(int argc, char **argv)
{
  int failures = 0, status;

  if (argc < 2) {
    fprintf(2, "usage: fsops FILE...\n");
    return 1;
  }
  for (int i = 1; i < argc; i++) {
    int pid = fork();
    if (pid == 0)
      do_script(argv[i]);
    if (pid < 0) {
      fprintf(2, "fsops: no process for %s\n", argv[i]);
      failures++;
    }
  }
  while (wait(&status) > 0)
    failures += status != 0;
  return failures != 0;
}
