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
    file_close(file);
  return fd;
}

long sys_open(void)
{
  char path[MAXPATH];

  if (arg_path(0, path) < 0)
    return -1;
  struct file *file = file_open(myproc()->cwd, path, arg_int(1));
  return file != NULL ? install_or_close(file) : -1;
}

long sys_close(void)
{
  struct file *file = fd_remove(arg_int(0));
  if (file == NULL)
    return -1;
  file_close(file);
  return 0;
}

long sys_dup(void)
{
  struct file *file = arg_file(0);
  return file != NULL ? install_or_close(file_dup(file)) : -1;
}

long sys_read(void)
{
  struct file *file = arg_file(0);
  if (file == NULL)
    return -1;
  return file_read(file, user_place(arg_va(1)), arg_int(2));
}

long sys_write(void)
{
  struct file *file = arg_file(0);
  if (file == NULL)
    return -1;
  return file_write(file, user_place(arg_va(1)), arg_int(2));
}

long sys_fstat(void)
{
  struct file *file = arg_file(0);
  struct stat stat;

  memset(&stat, 0, sizeof(stat)); /* the user sees its padding, too */
  if (file == NULL || file_stat(file, &stat) < 0)
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

  if (pipe_open(&read_end, &write_end) < 0)
    return -1;
  if (install_pipe(read_end, write_end) == 0)
    return 0;
  file_close(read_end);
  file_close(write_end);
  return -1;
}
