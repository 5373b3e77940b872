/* What a program may not touch: the kernel, the devices, the guard page, its
 * own text; and what it may not execute. A store or load there ends it. */
#include "usertests.h"

/* Loads and stores all over the kernel's part of RAM. */
void test_kernmem(void)
{
  const uint64 range = 2000 * 1024, step = 50 * 1024;

  for (uint64 va = KERNBASE; va < KERNBASE + range; va += step) {
    must_fault(load_from, va);
    must_fault(store_to, va);
  }
}

/* Each power of two from MAXVA on. */
void test_MAXVAplus(void)
{
  for (uint64 va = MAXVA; va != 0; va *= 2)
    must_fault(store_to, va);
}

void test_nowrite(void)
{
  for (int i = 0; i < foreign_address_count; i++)
    must_fault(store_to, foreign_addresses[i]);
}

void test_devices(void)
{
  for (int i = 0; i < foreign_address_count; i++) {
    if (foreign_addresses[i] != USYSCALL)
      must_fault(load_from, foreign_addresses[i]);
  }
}

void test_stacktest(void)
{
  must_fault(load_from, stack_page() - 1);
  must_fault(store_to, stack_page() - 1);
}

/* A copy that begins in the guard page, or runs out of it into the stack, is
 * refused, as is one that runs from the data into it. */
void test_guardpage(void)
{
  uint64 stack = stack_page(), guard = stack - PGSIZE;
  const uint64 starts[] = {guard, guard + 1, stack - 8, stack - 1, guard - 8};
  struct pipe_ends ends = must_pipe();
  int fd = must_open("file", O_CREATE | O_RDWR);

  must_write(ends.out, "sixteen bytes...", 16);
  for (int i = 0; i < COUNT_OF(starts); i++) {
    void *start = (void *)starts[i];

    MUST_REFUSE(write(fd, start, (int)(stack - starts[i]) + 8));
    if (starts[i] >= guard)
      MUST_REFUSE(open(start, O_CREATE | O_RDWR));
  }
  MUST_REFUSE(read(ends.in, (void *)(stack - 8), 16));
  MUST_EQ(pgpte((void *)guard), 0);
}

/* Read into memory from start on, or write from there, at a file's begin. */
static int read_file_to(char *start, int nbytes)
{
  int fd = must_open("file", O_RDONLY);
  int done = read(fd, start, nbytes);

  must_close(fd);
  return done;
}

static int write_file_from(const char *start, int nbytes)
{
  int fd = must_open("file", O_WRONLY);
  int done = write(fd, start, nbytes);

  must_close(fd);
  return done;
}

/* All up to the last byte of memory can be copied, and nothing more. */
void test_lastbyte(void)
{
  char *start = align_break(), *last = start + PGSIZE - 1;

  must_grow(PGSIZE);
  write_file("file", PGSIZE, 1);
  MUST_EQ(read_file_to(start, PGSIZE), PGSIZE);
  must_be_text(start, PGSIZE, 1, 0);
  MUST_EQ(write_file_from(start, PGSIZE), PGSIZE);
  MUST_REFUSE(read_file_to(start + 1, PGSIZE));

  MUST_EQ(read_file_to(last, 1), 1);
  MUST_EQ(write_file_from(last, 1), 1);
  MUST_REFUSE(read_file_to(last, 2));
  MUST_REFUSE(write_file_from(last, 2));
  check_file("file", PGSIZE, 1);
  must_fault(load_from, (uint64)last + 1);
}

static const char constant[] = "read-only data";

/* Text and constants can be read, by loads and by the kernel; not written. */
void test_textwrite(void)
{
  const uint64 places[] = {0, (uint64)test_textwrite, (uint64)constant};
  struct pipe_ends ends = must_pipe();
  char copy[8];

  for (int i = 0; i < COUNT_OF(places); i++) {
    must_pass(load_from, places[i]);
    must_write(ends.out, (void *)places[i], sizeof(copy));
    must_fault(store_to, places[i]);
    MUST_REFUSE(read(ends.in, (void *)places[i], sizeof(copy)));
    MUST_REFUSE(pipe((int *)places[i]));
  }
}

/* An instruction that returns at once, and may be placed anywhere even. */
static const uint ret_instruction = 0x00008067;

static void call(uint64 va)
{
  __asm__ volatile("fence.i" ::: "memory");
  ((void (*)(void))va)();
}

static void place_and_call(uint64 va)
{
  memmove((void *)va, &ret_instruction, sizeof(ret_instruction));
  call(va);
}

static void call_on_stack(uint64 unused)
{
  uint place[2] = {(uint)unused, 0};

  place_and_call((uint64)place);
}

/* The same instruction runs in no place that can be written, nor in a
 * constant, nor what is there where only the kernel may go; while functions do.
 */
void test_noexecute(void)
{
  static uint in_bss, in_data = 1;

  must_pass(call, (uint64)break_now);
  must_fault(place_and_call, (uint64)&in_bss);
  must_fault(place_and_call, (uint64)&in_data);
  must_fault(place_and_call, (uint64)must_grow(PGSIZE));
  must_fault(call_on_stack, 0);
  must_fault(call, (uint64)&ret_instruction);
  for (int i = 0; i < foreign_address_count; i++)
    must_fault(call, foreign_addresses[i]);
}

static void use_float(uint64 bits)
{
  __asm__ volatile("fmv.d.x fa0, %0" : : "r"(bits) : "fa0");
}

static void read_float_state(uint64 unused)
{
  __asm__ volatile("frcsr %0" : "=r"(unused));
}

/* vl, by number for assemblers that do not know the name. */
#define CSR_VL "0xC20"

static void read_vector_length(uint64 unused)
{
  __asm__ volatile("csrr %0, " CSR_VL : "=r"(unused));
}

/* The kernel does not save these registers, so one process could read what
 * another left there. */
void test_nofloats(void)
{
  must_fault(use_float, 1);
  must_fault(read_float_state, 0);
  must_fault(read_vector_length, 0);
}

static void must_know_own_pid(uint64 unused)
{
  (void)unused;
  MUST_EQ(ugetpid(), getpid());
}

/* The page that tells a process its pid can be read and nothing else; it is
 * no buffer of any system call. */
void test_usyscall(void)
{
  struct pipe_ends ends = must_pipe();

  must_know_own_pid(0);
  must_pass(must_know_own_pid, 0);
  must_fault(store_to, USYSCALL);
  must_fault(store_to, USYSCALL + PGSIZE - 1);
  must_write(ends.out, "bytes", 5);
  MUST_REFUSE(read(ends.in, (void *)USYSCALL, 5));
  MUST_REFUSE(write(ends.out, (void *)USYSCALL, sizeof(int)));
  MUST_REFUSE(open((char *)USYSCALL + 8, O_RDONLY));
  must_know_own_pid(0);
}

static void use_as_heap(uint64 va)
{
  MUST_EQ(*(char *)va, 0);
  store_to(va);
  MUST_EQ(*(char *)va, 1);
}

/* The heap may grow over that page, up to TRAPFRAME and no further; when it
 * falls to USYSCALL or below, the pid is there again. */
void test_usyscallheap(void)
{
  must_move_break(USYSCALL);
  must_know_own_pid(0);
  must_move_break(TRAPFRAME);
  MUST(sbrklazy(1) == SBRK_ERROR);
  MUST(sbrk(1) == SBRK_ERROR);
  must_pass(use_as_heap, USYSCALL);
  use_as_heap(USYSCALL);
  must_pass(load_from, USYSCALL);

  must_shrink(PGSIZE);
  must_know_own_pid(0);
  must_pass(must_know_own_pid, 0);
  must_fault(store_to, USYSCALL);
  MUST(must_grow(1) == (char *)USYSCALL);
  use_as_heap(USYSCALL);
  must_move_break(USYSCALL - PGSIZE);
  must_know_own_pid(0);
}
