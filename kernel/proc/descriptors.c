#include "proc/descriptors.h"
#include "fs/file.h"

int fd_install(struct file *file)
{
  struct file **open_file = myproc()->open_file;

  for (int fd = 0; fd < NOFILE; fd++) {
    if (open_file[fd] == NULL) {
      open_file[fd] = file;
      return fd;
    }
  }
  return -1;
}

struct file *fd_file(int fd)
{
  return fd >= 0 && fd < NOFILE ? myproc()->open_file[fd] : NULL;
}

struct file *fd_remove(int fd)
{
  struct file *file = fd_file(fd);

  if (file != NULL)
    myproc()->open_file[fd] = NULL;
  return file;
}

void descriptors_share(struct proc *child, struct proc *parent)
{
  for (int fd = 0; fd < NOFILE; fd++) {
    if (parent->open_file[fd] != NULL)
      child->open_file[fd] = filedup(parent->open_file[fd]);
  }
}

void descriptors_close(struct proc *self)
{
  for (int fd = 0; fd < NOFILE; fd++) {
    if (self->open_file[fd] != NULL)
      fileclose(self->open_file[fd]);
    self->open_file[fd] = NULL;
  }
}
