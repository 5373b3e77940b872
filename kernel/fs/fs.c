/* Bringing the file system up, and inodes for the rows above. */
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
  buf_init();
  log_init();
  inode_init();
  openfile_init();
}

static const char *check_root(void)
{
  const char *problem = NULL;
  struct inode *root = inode_get(ROOTINO);
  if (!root || inode_lock(root) < 0) {
    problem = "the root directory cannot be read";
  } else {
    if (root->disk.type != T_DIR || root->disk.nlink == 0)
      problem = "the root is no directory";
    inode_unlock(root);
  }
  if (root)
    inode_put(root);
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
    inode_reclaim();
  return problem;
}

struct inode *fs_lookup(struct inode *cwd, const char *path)
{
  return path_find(cwd, path);
}

struct inode *fs_inode_get(struct inode *inode)
{
  return inode_hold(inode);
}

void fs_inode_put(struct inode *inode)
{
  inode_put(inode);
}

/* The inode at path, locked, if it is of this type; else NULL. */
static struct inode *find_locked(struct inode *cwd, const char *path,
                                 short type)
{
  struct inode *inode = path_find(cwd, path);
  if (!inode)
    return NULL;
  if (inode_lock(inode) < 0) {
    inode_put(inode);
    return NULL;
  }
  if (inode->disk.type == type)
    return inode;
  inode_unlock_put(inode);
  return NULL;
}

struct inode *fs_lookup_directory(struct inode *cwd, const char *path)
{
  struct inode *dir = find_locked(cwd, path, T_DIR);
  if (dir)
    inode_unlock(dir);
  return dir;
}

struct inode *fs_read_begin(struct inode *cwd, const char *path)
{
  return find_locked(cwd, path, T_FILE);
}

int fs_read_at(struct inode *inode, struct place place, uint offset,
               uint nbytes)
{
  return content_read(inode, place, offset, nbytes);
}

void fs_read_end(struct inode *inode)
{
  inode_unlock_put(inode);
}
