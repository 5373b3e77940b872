/* What the tests are written with. A test is a function test_NAME(void) of
 * list.h. It runs in a process of its own, in an empty directory that is
 * removed afterwards, and passes by returning. It need not clean up, but for
 * memory: all pages must be free again when its processes have ended.
 *
 * The helpers named must_... end the calling process with FAILED_STATUS and a
 * message if they cannot do what they say; so does MUST. */
#ifndef USERTESTS_H
#define USERTESTS_H

#include <stdbool.h>
#include "kernel/types.h"
#include "kernel/fcntl.h"
#include "kernel/file.h"
#include "kernel/fs.h"
#include "kernel/memlayout.h"
#include "kernel/param.h"
#include "kernel/stat.h"
#include "kernel/vm.h"
#include "user/user.h"
#include "list.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* How processes of a test end. The runner reads the middle one as a pass
 * during which the kernel had reason to print. */
enum {
  PASSED_STATUS = 0,
  FAILED_STATUS = 1,
  PASSED_ALOUD_STATUS = 2,
  KILLED_STATUS = -1,
};

/* A test begins with the first three descriptors open. */
#define FIRST_FREE_FD 3

#define MUST(condition)                                                        \
  ((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))

#define MUST_EQ(got, wanted)                                                   \
  must_be_equal(__FILE__, __LINE__, #got, (long)(got), (long)(wanted))

/* A call that must fail, as system calls do. */
#define MUST_REFUSE(call) MUST_EQ(call, -1)

void fail(const char *file, int line, const char *untrue)
    __attribute__((noreturn));
void must_be_equal(const char *file, int line, const char *what, long got,
                   long wanted);

/* Leave the line "test NAME: ", once: other text is about to come. Whether
 * that has happened in this process. */
void break_line(void);
bool line_is_broken(void);

/* Processes. */

typedef void (*child_body)(uint64 argument);

/* Processes that a test left to init may take this many ticks to go. */
#define SETTLING_TICKS 50

/* Start a child that runs body(argument) and passes if that returns. Its pid,
 * or, from try_spawn, -1 if there is no room. */
int must_spawn(child_body body, uint64 argument);
int try_spawn(child_body body, uint64 argument);

/* Wait for one child, and give its status. */
int must_reap(void);

/* Wait for n children: these, and no others, are there, and all passed. */
void must_all_pass(int n);

/* The status of one child that runs body(argument). */
int status_of(child_body body, uint64 argument);

/* Such a child passes; or is ended by the kernel for a fault. */
void must_pass(child_body body, uint64 argument);
void must_fault(child_body body, uint64 argument);

/* Run for ever, in user mode. */
void spin(uint64 unused) __attribute__((noreturn));

/* Bodies that touch one byte at va. */
void load_from(uint64 va);
void store_to(uint64 va);

/* One system call by its number, with arguments as they are. */
long raw_call(int number, uint64 a0, uint64 a1, uint64 a2);

/* A child execs echo with this word, and what that prints is expected. */
void must_echo(const char *word, const char *expected);

/* Files. */

int must_open(const char *path, int mode);
void must_write(int fd, const void *data, int nbytes);
void must_read(int fd, void *data, int nbytes); /* not one byte less */
void must_close(int fd);
void must_unlink(const char *path);
void must_make_empty(const char *path);
bool exists(const char *path);

struct pipe_ends {
  int in, out; /* to read from, to write to */
};
struct pipe_ends must_pipe(void);

/* Files that hold the first nbytes of an endless text, a different one for
 * every seed. fill_text makes the part of it that begins at offset. */
void fill_text(char *buffer, int nbytes, uint seed, uint64 offset);
void must_be_text(const char *buffer, int nbytes, uint seed, uint64 offset);
void write_file(const char *path, int nbytes, uint seed);
void check_file(const char *path, int nbytes, uint seed);

/* stem with number behind it, in a buffer of at least DIRSIZ + 1 bytes,
 * which is returned. */
char *numbered(char *name, const char *stem, uint number);

/* Delete what is in the working directory, to any depth. */
void empty_directory(void);

/* Memory. */

/* sbrk and sbrklazy, which must not fail: the old break. */
char *must_grow(long nbytes);
char *must_grow_lazily(long nbytes);
void must_shrink(long nbytes);
uint64 break_now(void);

/* The break, moved up to the next page boundary if it is not at one. */
char *align_break(void);

/* Grow lazily until the break is at va, however far that is; or go back. */
void must_move_break(uint64 va);

/* Number the pages from start to end, which follow each other, by their first
 * words; and check that. */
void write_numbers(uint64 *start, uint64 *end, uint64 first);
void must_be_numbers(uint64 *start, uint64 *end, uint64 first);

/* The one page of the stack of the caller. */
uint64 stack_page(void);

/* A line "name: N" of what the kernel counts; and whether copies go direct. */
uint64 counter(const char *name);
bool copies_go_direct(void);

/* Whether user mode always runs on the user table; and let it do so or not. */
bool are_two_tables_set(void);
void set_two_tables(bool two);

/* Pages that are free and not reserved, by the same device. */
uint64 available_pages(void);

/* Buy all memory, and leave no page. It takes descriptors. */
void buy_all(void);

/* Pages that one process can buy, counted by buying them, in a child. */
uint64 buyable_pages(void);

/* Addresses that no small process has: devices, RAM, kernel stacks, the top
 * of the user's own table, and what is no Sv39 address. */
extern const uint64 foreign_addresses[];
extern const int foreign_address_count;

#endif
