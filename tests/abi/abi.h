/* The interface as a program of another system knows it: written down again
 * from its description, and nothing of ours included. */
#ifndef ABI_H
#define ABI_H

typedef unsigned char byte;
typedef unsigned int word;
typedef unsigned long dword;

#define PAGE 4096
#define ADDRESS_LIMIT (1UL << 38)
#define SHARED_PAGE (ADDRESS_LIMIT - 3 * PAGE) /* begins with the pid */

enum open_mode {
  READ_ONLY = 0,
  WRITE_ONLY = 1,
  READ_WRITE = 2,
  CREATE = 0x200,
  TRUNCATE = 0x400,
};

enum file_type {
  DIRECTORY = 1,
  PLAIN_FILE = 2,
  DEVICE = 3,
};

struct status {
  int dev;
  word ino;
  short type;
  short nlink;
  dword size;
};

/* Stubs, in calls.S. */
int fork(void);
void exit(int status) __attribute__((noreturn));
int wait(int *status);
int pipe(int *ends);
int read(int fd, void *buffer, int nbytes);
int kill(int pid);
int exec(const char *path, char **argv);
int fstat(int fd, struct status *status);
int chdir(const char *path);
int dup(int fd);
int getpid(void);
char *sbrk(int nbytes, dword second); /* 2020 programs leave rubbish there */
int sleep(int ticks);
int uptime(void);
int open(const char *path, int mode);
int write(int fd, const void *buffer, int nbytes);
int mknod(const char *path, short major, short minor);
int unlink(const char *path);
int link(const char *old_path, const char *new_path);
int mkdir(const char *path);
int close(int fd);
int pgaccess(void *base, int npages, void *mask);
dword pgpte(void *va);
long no_such_call(void);

/* check.c: say that a check was passed, or which condition failed, and end. */
void passed(const char *check);
void require_at(int condition, int line, const char *text);
#define REQUIRE(condition) require_at(condition, __LINE__, #condition)

int length_of(const char *string);
int same(const char *one, const char *other);

/* The status of a child that runs body(argument). */
int child_status(void (*body)(char *argument), char *argument);

/* The name that the program prints; set first of all. */
extern const char *program;

/* common.c: what programs of all years rely on. path is the program's own,
 * which execs itself to look at its arguments; such a call with arguments
 * does not return. */
void look_at_arguments(const char *path, int argc, char **argv);
void check_common(const char *path);

#endif
