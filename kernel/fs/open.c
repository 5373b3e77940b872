/* Opening files and pipes. */
#include "fs/openfile.h"
#include "fs/content.h"
#include "fs/names.h"
#include "fs/path.h"
#include "fs/pipe.h"
#include "kernel/fcntl.h"

static struct inode *find_or_make(struct inode *cwd, const char *path, int mode)
{
  const struct dinode content = {.type = T_FILE, .nlink = 1};
  bool made;
  if (mode & O_CREATE)
    return names_make(cwd, path, &content, &made);
  return namei(cwd, path);
}

/* Fill in file for an inode that is locked. 0, or -1: it must not be opened in
 * this mode. */
static int fill_in(struct file *file, struct inode *inode, int mode)
{
  short type = inode->disk.type;
  if (type == T_DIR && mode != O_RDONLY)
    return -1;
  file->kind = FILE_INODE;
  if (type == T_DEVICE) {
    file->kind = FILE_DEVICE;
    file->device = device_find(inode->disk.major);
    file->minor = inode->disk.minor;
    if (!file->device)
      return -1;
  }
  file->readable = !(mode & O_WRONLY);
  file->writable = (mode & (O_WRONLY | O_RDWR)) != 0;
  file->inode = inode;
  return 0;
}

/* Open an inode, whose reference passes to file if that succeeds. */
static int open_inode(struct file *file, struct inode *inode, int mode)
{
  if (ilock(inode) < 0)
    return -1;
  int result = fill_in(file, inode, mode);
  bool empties = (mode & O_TRUNC) && inode->disk.type == T_FILE;
  iunlock(inode);
  if (result == 0 && empties)
    result = itrunc(inode, NULL);
  return result;
}

struct file *file_open(struct inode *cwd, const char *path, int mode)
{
  /* First, so that nothing has been made when there is no room. */
  struct file *file = filealloc();
  if (!file)
    return NULL;
  struct inode *inode = find_or_make(cwd, path, mode);
  if (inode && open_inode(file, inode, mode) == 0)
    return file;
  if (inode)
    iput(inode);
  openfile_free(file);
  return NULL;
}

/* refs stays 1 throughout: others look at it meanwhile. */
static void become_end(struct file *file, struct pipe *pipe)
{
  file->kind = FILE_PIPE;
  file->pipe = pipe;
}

int pipealloc(struct file **read_end, struct file **write_end)
{
  struct pipe *pipe = pipe_create();
  *read_end = filealloc();
  *write_end = filealloc();
  if (!pipe || !*read_end || !*write_end)
    goto give_back;
  become_end(*read_end, pipe);
  (*read_end)->readable = true;
  become_end(*write_end, pipe);
  (*write_end)->writable = true;
  return 0;

give_back:
  if (*write_end)
    openfile_free(*write_end);
  if (*read_end)
    openfile_free(*read_end);
  if (pipe) {
    pipe_close_reader(pipe);
    pipe_close_writer(pipe);
  }
  return -1;
}
