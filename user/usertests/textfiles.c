/* Files with known content, and the calls on them that must not fail. */
#include "usertests.h"

static char chunk[2 * BSIZE];

int must_open(const char *path, int mode)
{
  int fd = open(path, mode);

  if (fd < 0) {
    break_line();
    printf("  open(%s, 0x%x)\n", path, mode);
  }
  MUST(fd >= 0);
  return fd;
}

void must_write(int fd, const void *data, int nbytes)
{
  MUST_EQ(write(fd, data, nbytes), nbytes);
}

void must_read(int fd, void *data, int nbytes)
{
  int done = 0;

  while (done < nbytes) {
    int n = read(fd, (char *)data + done, nbytes - done);

    MUST(n > 0);
    done += n;
  }
}

void must_close(int fd)
{
  MUST_EQ(close(fd), 0);
}

void must_unlink(const char *path)
{
  if (unlink(path) == 0)
    return;
  break_line();
  printf("  unlink(%s)\n", path);
  exit(FAILED_STATUS);
}

void must_make_empty(const char *path)
{
  must_close(must_open(path, O_CREATE | O_RDWR));
}

bool exists(const char *path)
{
  int fd = open(path, O_RDONLY);

  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

struct pipe_ends must_pipe(void)
{
  int ends[2];

  MUST_EQ(pipe(ends), 0);
  return (struct pipe_ends){.in = ends[0], .out = ends[1]};
}

static char text_byte(uint seed, uint64 position)
{
  return (char)(seed * 59 + position + position / 251);
}

void fill_text(char *buffer, int nbytes, uint seed, uint64 offset)
{
  for (int i = 0; i < nbytes; i++)
    buffer[i] = text_byte(seed, offset + i);
}

void must_be_text(const char *buffer, int nbytes, uint seed, uint64 offset)
{
  for (int i = 0; i < nbytes; i++)
    MUST_EQ(buffer[i], text_byte(seed, offset + i));
}

static int chunk_of(int nbytes)
{
  return nbytes < (int)sizeof(chunk) ? nbytes : (int)sizeof(chunk);
}

void write_file(const char *path, int nbytes, uint seed)
{
  int fd = must_open(path, O_CREATE | O_TRUNC | O_WRONLY);

  for (int done = 0; done < nbytes; done += sizeof(chunk)) {
    int n = chunk_of(nbytes - done);

    fill_text(chunk, n, seed, done);
    must_write(fd, chunk, n);
  }
  must_close(fd);
}

void check_file(const char *path, int nbytes, uint seed)
{
  int fd = must_open(path, O_RDONLY);

  for (int done = 0; done < nbytes; done += sizeof(chunk)) {
    int n = chunk_of(nbytes - done);

    must_read(fd, chunk, n);
    must_be_text(chunk, n, seed, done);
  }
  MUST_EQ(read(fd, chunk, 1), 0);
  must_close(fd);
}

static char *put_decimal(char *end, uint number)
{
  if (number >= 10)
    end = put_decimal(end, number / 10);
  *end = (char)('0' + number % 10);
  return end + 1;
}

char *numbered(char *name, const char *stem, uint number)
{
  strcpy(name, stem);
  *put_decimal(name + strlen(name), number) = '\0';
  return name;
}

/* Unlink all entries of "." that can be. If one is left, its name. */
static bool unlink_entries(char *left)
{
  struct dirent entry;
  int fd = must_open(".", O_RDONLY);
  bool found = false;

  while (!found && read(fd, &entry, sizeof(entry)) == sizeof(entry)) {
    memmove(left, entry.name, DIRSIZ);
    left[DIRSIZ] = '\0';
    if (entry.inum == 0 || strcmp(left, ".") == 0 || strcmp(left, "..") == 0)
      continue;
    found = unlink(left) < 0;
  }
  must_close(fd);
  return found;
}

/* Without recursion: a test may nest more directories than a one-page stack
 * has room for. */
void empty_directory(void)
{
  const int too_many_descents = 10000;
  char left[DIRSIZ + 1];
  int depth = 0;

  for (int descents = 0; depth >= 0;) {
    if (unlink_entries(left)) {
      MUST(chdir(left) == 0 && ++descents < too_many_descents);
      depth++;
    } else {
      depth--;
      MUST(depth < 0 || chdir("..") == 0);
    }
  }
}
