/* Bringing the file system up, and inodes for the layers above. */
#include "fs/fs.h"
#include "fs/block.h"
#include "fs/buf.h"
#include "fs/content.h"
#include "fs/inode.h"
#include "fs/log.h"
#include "fs/openfile.h"
#include "fs/path.h"
#include "fs/super.h"

void fs_init(void)
{
  binit();
  initlog();
  iinit();
  fileinit();
}

static const char *check_root(void)
{
  const char *problem = NULL;
  struct inode *root = iget(ROOTINO);
  if (!root || ilock(root) < 0) {
    problem = "the root directory cannot be read";
  } else {
    if (root->disk.type != T_DIR || root->disk.nlink == 0)
      problem = "the root is no directory";
    iunlock(root);
  }
  if (root)
    iput(root);
  return problem;
}

const char *fs_mount(void)
{
  const char *problem = super_read();
  if (!problem)
    problem = log_mount();
  if (problem)
    return problem;
  block_mount();
  problem = check_root();
  if (!problem)
    ireclaim();
  return problem;
}

struct inode *fs_lookup(struct inode *cwd, const char *path)
{
  return namei(cwd, path);
}

struct inode *fs_inode_get(struct inode *inode)
{
  return idup(inode);
}

void fs_inode_put(struct inode *inode)
{
  iput(inode);
}

/* The inode at path, locked, if it is of this type; else NULL. */
static struct inode *find_locked(struct inode *cwd, const char *path,
                                 short type)
{
  struct inode *inode = namei(cwd, path);
  if (!inode)
    return NULL;
  if (ilock(inode) < 0) {
    iput(inode);
    return NULL;
  }
  if (inode->disk.type == type)
    return inode;
  iunlockput(inode);
  return NULL;
}

struct inode *fs_lookup_directory(struct inode *cwd, const char *path)
{
  struct inode *dir = find_locked(cwd, path, T_DIR);
  if (dir)
    iunlock(dir);
  return dir;
}

struct inode *fs_read_begin(struct inode *cwd, const char *path)
{
  return find_locked(cwd, path, T_FILE);
}

int fs_read_at(struct inode *inode, struct uio uio, uint offset, uint nbytes)
{
  return readi(inode, uio, offset, nbytes);
}

void fs_read_end(struct inode *inode)
{
  iunlockput(inode);
}
