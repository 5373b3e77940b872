/* System calls on names of files, but open. */
#include "sys/args.h"
#include "sys/sys.h"
#include "fs/fs.h"
#include "proc/proc.h"

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

long sys_mkdir(void)
{
  char path[MAXPATH];
  return argstr(0, path) < 0 ? -1 : fs_mkdir(myproc()->cwd, path);
}

long sys_mknod(void)
{
  char path[MAXPATH];
  short major = argint(1), minor = argint(2);

  if (argstr(0, path) < 0)
    return -1;
  return fs_mknod(myproc()->cwd, path, major, minor);
}

long sys_chdir(void)
{
  char path[MAXPATH];
  struct proc *self = myproc();

  if (argstr(0, path) < 0)
    return -1;
  struct inode *directory = fs_lookup_directory(self->cwd, path);
  if (directory == NULL)
    return -1;
  fs_inode_put(self->cwd);
  self->cwd = directory;
  return 0;
}
