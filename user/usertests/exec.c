/* What exec makes of an executable: its segments, the holes between them,
 * its refusals; and what it does to arguments. */
#include "kernel/syscall.h"
#include "image.h"

static struct image image;

/* Text at 0, data four pages up, a hole between. */
#define HOLE PGSIZE
#define DATA (4 * PGSIZE)

static void echo_word(uint64 word)
{
  char *argv[] = {"echo", (char *)word, NULL};

  must_close(1);
  must_open("said", O_CREATE | O_TRUNC | O_WRONLY);
  MUST_REFUSE(exec("/echo", argv));
  exit(FAILED_STATUS);
}

void must_echo(const char *word, const char *expected)
{
  char said[MAXPATH];
  int length = strlen(expected);
  int fd;

  must_pass(echo_word, (uint64)word);
  fd = must_open("said", O_RDONLY);
  must_read(fd, said, length + 1);
  MUST(memcmp(said, expected, length) == 0 && said[length] == '\n');
  must_close(fd);
}

static void echo_most_words(uint64 unused)
{
  char *argv[MAXARG];

  (void)unused;
  for (int i = 0; i < MAXARG - 1; i++)
    argv[i] = "x";
  argv[MAXARG - 1] = NULL;
  must_close(1);
  must_open("said", O_CREATE | O_TRUNC | O_WRONLY);
  exec("/echo", argv);
}

/* What is executable is run, with all its arguments; other names are refused
 * and leave the caller as it was. */
void test_exectest(void)
{
  char *argv[] = {"x", NULL};
  struct stat st;

  must_echo("OK", "OK");
  must_pass(echo_most_words, 0);
  MUST_EQ(stat("said", &st), 0);
  MUST_EQ(st.size, 2 * (MAXARG - 2));

  write_file("text", 3 * BSIZE, 1);
  must_make_empty("empty");
  MUST_REFUSE(exec("text", argv));
  MUST_REFUSE(exec("empty", argv));
  MUST_REFUSE(exec("nothing", argv));
  MUST_REFUSE(exec("/", argv));
  MUST_REFUSE(exec("/console", argv));
}

static void begin_with_program(const struct program *program, uint64 w0,
                               uint64 w1, uint64 w2, uint64 w3)
{
  struct program copy = *program;

  copy.words[0] = w0;
  copy.words[1] = w1;
  copy.words[2] = w2;
  copy.words[3] = w3;
  image_begin(&image, 0);
  image_add(&image, 0, sizeof(copy), SEGMENT_R | SEGMENT_X, &copy,
            sizeof(copy));
}

static int run_with_hole(void)
{
  image_add(&image, DATA, PGSIZE, SEGMENT_R | SEGMENT_W, "data", 5);
  return image_run(&image);
}

static int call_with_hole(int number, uint64 a0, uint64 a1, uint64 a2)
{
  begin_with_program(&program_call, a0, a1, a2, number);
  return run_with_hole() - CALL_BIAS;
}

static void must_fault_at(uint64 va)
{
  begin_with_program(&program_load, va, 0, 0, 0);
  break_line();
  MUST_EQ(run_with_hole(), KILLED_STATUS);
}

/* A hole is below the break, and yet nothing is there: no load, no copy that
 * begins in it, runs into it or out of it. */
void test_holes(void)
{
  static const uint64 starts[] = {HOLE - 8, HOLE, HOLE + 1, DATA - 8};
  int out = must_open("target", O_CREATE | O_RDWR);
  int in;

  write_file("source", BSIZE, 1);
  in = must_open("source", O_RDONLY);
  MUST_EQ(call_with_hole(SYS_write, out, DATA, 5), 5);
  MUST_EQ(call_with_hole(SYS_write, out, HOLE - 5, 5), 5);
  for (int i = 0; i < COUNT_OF(starts); i++) {
    MUST_REFUSE(call_with_hole(SYS_write, out, starts[i], 16));
    MUST_REFUSE(call_with_hole(SYS_read, in, starts[i], 16));
  }
  MUST_REFUSE(call_with_hole(SYS_mkdir, HOLE, 0, 0));
  MUST_REFUSE(call_with_hole(SYS_mkdir, DATA - 1, 0, 0));
  MUST_EQ(call_with_hole(SYS_mkdir, DATA, 0, 0), 0);
  must_unlink("data");
  must_fault_at(HOLE);
  must_fault_at(DATA - 1);
}

static int patch_status(uint flags)
{
  const uint li_a0_new_status = 0x00000513 | NEW_STATUS << 20;

  begin_with_program(&program_patch, li_a0_new_status, 0, 0, 0);
  image.segments[0].flags = flags;
  break_line();
  return image_run(&image);
}

/* Rights are those that the segment asks for; one that may be written may be
 * read as well. Odd offsets and sizes do not matter. */
void test_segments(void)
{
  const uint all = SEGMENT_R | SEGMENT_W | SEGMENT_X;

  MUST_EQ(patch_status(all), NEW_STATUS);
  MUST_EQ(patch_status(SEGMENT_R | SEGMENT_X), KILLED_STATUS);
  MUST_EQ(patch_status(SEGMENT_R | SEGMENT_W), KILLED_STATUS);
  MUST_EQ(patch_status(SEGMENT_R), KILLED_STATUS);

  begin_with_program(&program_load, DATA + 1, 0, 0, 0);
  image_add(&image, DATA, 5, SEGMENT_W, "data", 5);
  image.segments[1].offset++;
  image.segments[1].align = 8;
  MUST_EQ(image_run(&image), 't');
  begin_with_program(&program_load, DATA + 10 * PGSIZE - 1, 0, 0, 0);
  image_add(&image, DATA, 10 * PGSIZE, SEGMENT_R, "data", 5);
  MUST_EQ(image_run(&image), 0);
}

static void begin_correct(void)
{
  begin_with_program(&program_load, 0, 0, 0, 0);
  image_add(&image, DATA, PGSIZE, SEGMENT_R | SEGMENT_W, "data", 5);
}

/* Run the correct image with one field of it changed. */
#define MUST_REFUSE_IMAGE(change)                                              \
  do {                                                                         \
    begin_correct();                                                           \
    image.change;                                                              \
    MUST_EQ(image_run(&image), NO_EXEC_STATUS);                                \
  } while (0)

/* What contradicts itself or has no room is refused before anything of the
 * caller is lost. */
void test_badimages(void)
{
  begin_correct();
  MUST_EQ(image_run(&image), 0);

  MUST_REFUSE_IMAGE(header.ident[0] = 'E');
  MUST_REFUSE_IMAGE(header.ident[3] = 'G');
  MUST_REFUSE_IMAGE(header.ident[4] = 1);
  MUST_REFUSE_IMAGE(header.machine = 62);
  MUST_REFUSE_IMAGE(header.phoff = sizeof(image));
  MUST_REFUSE_IMAGE(header.phoff = 0xFFFFFFFFFFFFFFF0UL);
  MUST_REFUSE_IMAGE(segments[1].vaddr++);
  MUST_REFUSE_IMAGE(segments[1].vaddr = 0xFFFFFFFFFFFFF000UL);
  MUST_REFUSE_IMAGE(segments[1].vaddr = TRAPFRAME);
  MUST_REFUSE_IMAGE(segments[1].vaddr = MAXVA);
  MUST_REFUSE_IMAGE(segments[1].memsz = 4);
  MUST_REFUSE_IMAGE(segments[1].memsz = 0xFFFFFFFFFFFFE000UL);
  MUST_REFUSE_IMAGE(segments[1].memsz = TRAPFRAME);
  MUST_REFUSE_IMAGE(segments[1].offset = 0x7FFFFFFF);
  MUST_REFUSE_IMAGE(segments[1].offset = 0xFFFFFFFFFFFFFFFFUL);
  MUST_REFUSE_IMAGE(segments[1].filesz = sizeof(image));
}

static void exec_with_little_memory(uint64 pages_left)
{
  char *argv[] = {"echo", "", NULL};

  for (long step = 256 * PGSIZE; step >= PGSIZE; step /= 2) {
    while (sbrk((int)step) != SBRK_ERROR)
      ;
  }
  must_shrink((long)pages_left * PGSIZE);
  must_close(1);
  must_open("said", O_CREATE | O_WRONLY);
  MUST_REFUSE(exec("/echo", argv));
}

/* exec with any number of free pages works or fails, and loses none. */
void test_execout(void)
{
  for (int pages_left = 0; pages_left < 40; pages_left++)
    must_pass(exec_with_little_memory, pages_left);
}
