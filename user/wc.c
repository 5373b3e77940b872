/* wc [FILE...]: count lines, words and bytes. */
#include "user/user.h"
#include "kernel/fcntl.h"

static char buffer[2048];

struct counts {
  uint64 lines;
  uint64 words;
  uint64 bytes;
  int in_word; /* the last byte was of a word */
};

static int is_space(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static void count_bytes(struct counts *counts, const char *bytes, int nbytes)
{
  for (int i = 0; i < nbytes; i++) {
    int was_in_word = counts->in_word;

    counts->in_word = !is_space(bytes[i]);
    counts->words += counts->in_word && !was_in_word;
    counts->lines += bytes[i] == '\n';
  }
  counts->bytes += nbytes;
}

/* Count what fd still holds and print the line. 0, or -1 with the reason
 * told. name is empty for the input. Ends the program if the output takes no
 * more. */
static int count_fd(int fd, const char *name)
{
  struct counts counts = {0, 0, 0, 0};
  int got;

  while ((got = read(fd, buffer, sizeof(buffer))) > 0)
    count_bytes(&counts, buffer, got);
  if (got < 0) {
    fprintf(2, "wc: %s: read error\n", name);
    return -1;
  }
  if (printf("%lu %lu %lu %s\n", counts.lines, counts.words, counts.bytes,
             name) < 0) {
    fprintf(2, "wc: write error\n");
    exit(1);
  }
  return 0;
}

static int count_file(const char *name)
{
  int fd = open(name, O_RDONLY);
  if (fd < 0) {
    fprintf(2, "wc: cannot open %s\n", name);
    return -1;
  }

  int result = count_fd(fd, name);
  close(fd);
  return result;
}

int main(int argc, char **argv)
{
  int failed = 0;

  if (argc < 2)
    return count_fd(0, "") < 0;
  for (int i = 1; i < argc; i++)
    if (count_file(argv[i]) < 0)
      failed = 1;
  return failed;
}
