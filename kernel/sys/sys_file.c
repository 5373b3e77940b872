/* System calls on open files. */
#include "sys/args.h"
#include "sys/sys.h"
#include "fs/file.h"
#include "lib/string.h"
#include "proc/proc.h"

/* A descriptor for a file of which the caller has a reference: it passes to
 * the descriptor, or, if that is -1, goes. */
static int install_or_close(struct file *file)
{
  int fd = fd_install(file);
  if (fd < 0)
    fileclose(file);
  return fd;
}

long sys_open(void)
{
  char path[MAXPATH];

  if (argstr(0, path) < 0)
    return -1;
  struct file *file = file_open(myproc()->cwd, path, argint(1));
  return file != NULL ? install_or_close(file) : -1;
}

long sys_close(void)
{
  struct file *file = fd_remove(argint(0));
  if (file == NULL)
    return -1;
  fileclose(file);
  return 0;
}

long sys_dup(void)
{
  struct file *file = argfd(0);
  return file != NULL ? install_or_close(filedup(file)) : -1;
}

long sys_read(void)
{
  struct file *file = argfd(0);
  if (file == NULL)
    return -1;
  return fileread(file, uio_user(argaddr(1)), argint(2));
}

long sys_write(void)
{
  struct file *file = argfd(0);
  if (file == NULL)
    return -1;
  return filewrite(file, uio_user(argaddr(1)), argint(2));
}

long sys_fstat(void)
{
  struct file *file = argfd(0);
  struct stat stat;

  memset(&stat, 0, sizeof(stat)); /* the user sees its padding, too */
  if (file == NULL || filestat(file, &stat) < 0)
    return -1;
  return arg_store(1, &stat, sizeof(stat));
}

/* Install both ends and tell the user. 0, or -1 with neither installed, and
 * both still the caller's. */
static int install_pipe(struct file *read_end, struct file *write_end)
{
  int fd[2];

  fd[0] = fd_install(read_end);
  if (fd[0] < 0)
    return -1;
  fd[1] = fd_install(write_end);
  if (fd[1] >= 0 && arg_store(0, fd, sizeof(fd)) == 0)
    return 0;

  fd_remove(fd[1]);
  fd_remove(fd[0]);
  return -1;
}

long sys_pipe(void)
{
  struct file *read_end, *write_end;

  if (pipealloc(&read_end, &write_end) < 0)
    return -1;
  if (install_pipe(read_end, write_end) == 0)
    return 0;
  fileclose(read_end);
  fileclose(write_end);
  return -1;
}
