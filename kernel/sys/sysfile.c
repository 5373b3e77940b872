/* System calls on files: on descriptors (fs/file.h) and on names (fs/dir.h).
 * exec is here, too, since it begins with a path. Descriptors are the process's
 * (proc/proc.h), the files behind them may be shared. */
#include "sys/syscall.h"
#include "fs/dir.h"
#include "fs/file.h"
#include "fs/log.h"
#include "lib/string.h"
#include "mm/copy.h"
#include "mm/page.h"
#include "proc/proc.h"

/* The open file whose descriptor argument n is; NULL if there is none. */
static struct file *argfd(int n)
{
  int fd = argint(n);
  return fd >= 0 && fd < NOFILE ? myproc()->open_file[fd] : NULL;
}

/* Put file in the lowest free descriptor, to which its reference passes. The
 * descriptor; or -1: none is free, and the file is closed. */
static int fdalloc(struct file *file)
{
  struct file **open_file = myproc()->open_file;
  for (int fd = 0; fd < NOFILE; fd++) {
    if (open_file[fd] == NULL) {
      open_file[fd] = file;
      return fd;
    }
  }
  fileclose(file);
  return -1;
}

/* Close a descriptor. 0, or -1: no file is open there. */
static int fdclose(int fd)
{
  struct file **open_file = myproc()->open_file;
  if (fd < 0 || fd >= NOFILE || open_file[fd] == NULL)
    return -1;
  struct file *file = open_file[fd];
  open_file[fd] = NULL;
  fileclose(file);
  return 0;
}

long sys_open(void)
{
  char path[MAXPATH];
  if (argstr(0, path) < 0)
    return -1;
  struct file *file = fileopen(myproc()->cwd, path, argint(1));
  return file != NULL ? fdalloc(file) : -1;
}

long sys_close(void)
{
  return fdclose(argint(0));
}

/* Both descriptors have the same file, so the same position. */
long sys_dup(void)
{
  struct file *file = argfd(0);
  return file != NULL ? fdalloc(filedup(file)) : -1;
}

/* read and write: the user's address goes down as it is (struct uio), since the
 * file may want to copy in pieces. */
long sys_read(void)
{
  struct file *file = argfd(0);
  return file != NULL ? fileread(file, uio_user(argaddr(1)), argint(2)) : -1;
}

long sys_write(void)
{
  struct file *file = argfd(0);
  return file != NULL ? filewrite(file, uio_user(argaddr(1)), argint(2)) : -1;
}

long sys_fstat(void)
{
  struct file *file = argfd(0);
  struct stat stat;
  memset(&stat, 0, sizeof(stat)); /* the user sees its padding, too */
  if (file == NULL || filestat(file, &stat) < 0)
    return -1;
  return copyout(argaddr(1), &stat, sizeof(stat));
}

/* pipe(fd): either the user gets both descriptors, or there is no pipe. */
long sys_pipe(void)
{
  struct file *reader, *writer;
  int fd[2];
  if (pipealloc(&reader, &writer) < 0)
    return -1;
  fd[0] = fdalloc(reader);
  fd[1] = fdalloc(writer);
  if (fd[0] >= 0 && fd[1] >= 0 && copyout(argaddr(0), fd, sizeof(fd)) == 0)
    return 0;
  fdclose(fd[0]); /* -1 is no descriptor: nothing happens */
  fdclose(fd[1]);
  return -1;
}

/* Returns when all that was written before is on the disk. */
long sys_sync(void)
{
  return log_sync();
}

long sys_link(void)
{
  char old_path[MAXPATH], new_path[MAXPATH];
  if (argstr(0, old_path) < 0 || argstr(1, new_path) < 0)
    return -1;
  return fs_link(myproc()->cwd, old_path, new_path);
}

long sys_unlink(void)
{
  char path[MAXPATH];
  return argstr(0, path) < 0 ? -1 : fs_unlink(myproc()->cwd, path);
}

/* mkdir and mknod make what must not be there yet. */
long sys_mkdir(void)
{
  char path[MAXPATH];
  if (argstr(0, path) < 0)
    return -1;
  return fs_mknod(myproc()->cwd, path, T_DIR, 0, 0);
}

long sys_mknod(void)
{
  char path[MAXPATH];
  if (argstr(0, path) < 0)
    return -1;
  return fs_mknod(myproc()->cwd, path, T_DEVICE, argint(1), argint(2));
}

/* The old directory is given back only when there is a new one. */
long sys_chdir(void)
{
  char path[MAXPATH];
  struct proc *self = myproc();
  if (argstr(0, path) < 0)
    return -1;
  struct inode *dir = namei_locked(self->cwd, path, T_DIR);
  if (dir == NULL)
    return -1;
  iunlock(dir); /* the reference that namei gave stays, as the process's */
  iput(self->cwd);
  self->cwd = dir;
  return 0;
}

/* Fetch argv with its closing NULL, and the strings, packed into page: more
 * than a page would not fit the new stack either. 0, or -1: a bad address,
 * too many, or too long. */
static int fetch_arguments(uint64 argv_va, char *page, char *argv[MAXARG])
{
  size_t used = 0;
  for (int i = 0; i < MAXARG; i++) {
    uint64 string_va;
    if (copyin(&string_va, argv_va + i * sizeof(string_va), sizeof(string_va)) <
        0)
      return -1;
    if (string_va == 0) {
      argv[i] = NULL;
      return 0;
    }
    argv[i] = page + used;
    int length = copyinstr(argv[i], string_va, PGSIZE - used);
    if (length < 0)
      return -1;
    used += length + 1;
  }
  return -1;
}

/* All arguments come into kernel memory first, because the address space that
 * they are in goes. argc is the result, for a0 of the new program. */
long sys_exec(void)
{
  char path[MAXPATH];
  char *argv[MAXARG];
  if (argstr(0, path) < 0)
    return -1;
  char *page = kalloc();
  if (page == NULL)
    return -1;
  int result = fetch_arguments(argaddr(1), page, argv);
  if (result == 0)
    result = exec(path, argv);
  kfree(page);
  return result;
}
