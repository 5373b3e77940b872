/* grep PATTERN [FILE...]: print the lines that match. The status is 0 if any
 * line did, else 1. */
#include "user/user.h"
#include "user/grep/match.h"
#include "user/lib/util.h"
#include "kernel/fcntl.h"

#define ROOM_FIRST 1024

/* What was read and not yet printed or passed by; grows with its longest
 * line. */
static char *buffer;
static uint room;

static struct pattern pattern;
static int found;

/* Double the buffer, with its first used bytes. 0, or -1 out of memory. */
static int grow_buffer(uint used)
{
  uint new_room = room == 0 ? ROOM_FIRST : 2 * room;
  char *new_buffer = new_room > room ? malloc(new_room) : NULL;

  if (new_buffer == NULL) {
    fprintf(2, "grep: no memory for a line of %u bytes\n", used);
    return -1;
  }
  memcpy(new_buffer, buffer, used);
  free(buffer);
  buffer = new_buffer;
  room = new_room;
  return 0;
}

/* Print the line in buffer[from..to-1], its newline at to, if it matches. Ends
 * the program if the output takes no more. */
static void grep_line(uint from, uint to)
{
  if (!pattern_match(&pattern, buffer + from, to - from))
    return;
  found = 1;
  if (fd_write_all(1, buffer + from, to + 1 - from) < 0) {
    fprintf(2, "grep: write error\n");
    exit(1);
  }
}

/* Go through the whole lines of buffer[0..*used-1], of which those bytes
 * before fresh hold no newline; keep what follows them. */
static void grep_lines(uint *used, uint fresh)
{
  uint line = 0;

  for (uint i = fresh; i < *used; i++) {
    if (buffer[i] != '\n')
      continue;
    grep_line(line, i);
    line = i + 1;
  }
  *used -= line;
  memmove(buffer, buffer + line, *used);
}

/* Go through all that fd still holds. 0, or -1 with the reason told. */
static int grep_fd(int fd, const char *name)
{
  uint used = 0;
  int got;

  do {
    uint fresh = used;
    if (used == room && grow_buffer(used) < 0)
      return -1;
    got = read(fd, buffer + used, room - used);
    if (got < 0) {
      fprintf(2, "grep: %s: read error\n", name);
      return -1;
    }
    used += got;
    if (got == 0 && used > 0)
      buffer[used++] = '\n'; /* a last line without one */
    grep_lines(&used, fresh);
  } while (got > 0);
  return 0;
}

static int grep_file(const char *name)
{
  int fd = open(name, O_RDONLY);
  if (fd < 0) {
    fprintf(2, "grep: cannot open %s\n", name);
    return -1;
  }

  int result = grep_fd(fd, name);
  close(fd);
  return result;
}

int main(int argc, char **argv)
{
  int failed = 0;

  if (argc < 2) {
    fprintf(2, "usage: grep PATTERN [FILE...]\n");
    return 1;
  }
  if (pattern_compile(&pattern, argv[1]) < 0) {
    fprintf(2, "grep: pattern longer than %d elements\n", ELEMENTS_MAX);
    return 1;
  }

  if (argc == 2 && grep_fd(0, "input") < 0)
    failed = 1;
  for (int i = 2; i < argc; i++)
    if (grep_file(argv[i]) < 0)
      failed = 1;
  return failed || !found;
}
