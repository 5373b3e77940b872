/* Operations on names. Each finds its inodes first, with nothing held, then
 * does its work in one transaction, and looks again at what it found once that
 * is locked. */
#include "fs/names.h"
#include "fs/block.h"
#include "fs/dir.h"
#include "fs/fs.h"
#include "fs/path.h"
#include "lib/string.h"

/* A new directory: its inode, its two first entries in one block; then the
 * entry in its parent. */
#define MAKE_BLOCKS (1 + ALLOC_BLOCKS + DIR_ADD_BLOCKS)
static_assert(MAKE_BLOCKS <= MAXOPBLOCKS, "making a directory fits the log");

/* The named inode besides the directory. */
#define LINK_BLOCKS (1 + DIR_ADD_BLOCKS)

/* Whether a locked inode is a directory that is still in the tree. */
static bool takes_names(const struct inode *dir)
{
  return dir->disk.type == T_DIR && dir->disk.nlink > 0;
}

/* Give a new directory its first entries. */
static int add_dots(struct transaction *tx, struct inode *inode, uint parent)
{
  int result = -1;
  if (ilock(inode) < 0)
    return -1;
  if (dirlink(tx, inode, ".", inode->entry.number) == 0)
    result = dirlink(tx, inode, "..", parent);
  iunlock(inode);
  return result;
}

/* No directory came to name this new inode: it goes when its reference is
 * given back. */
static void forsake(struct transaction *tx, struct inode *inode)
{
  if (ilock(inode) < 0)
    return;
  inode->disk.nlink = 0;
  iupdate(tx, inode);
  iunlock(inode);
}

/* Add a name to the locked directory; the ".." of a new directory counts as a
 * link to it. */
static int add_name(struct transaction *tx, struct inode *dir, const char *name,
                    uint inum, bool is_dir)
{
  if (is_dir && dir->disk.nlink == MAX_NLINK)
    return -1;
  if (dirlink(tx, dir, name, inum) < 0)
    return -1;
  if (is_dir) {
    dir->disk.nlink++;
    iupdate(tx, dir);
  }
  return 0;
}

/* Name a new inode. The inode that has the name afterwards, maybe another that
 * somebody made meanwhile, which gets a reference; NULL on failure. */
static struct inode *publish(struct transaction *tx, struct inode *dir,
                             const char *name, struct inode *fresh, bool is_dir)
{
  struct inode *result = NULL;
  struct dir_slot slot;
  if (ilock(dir) < 0)
    return NULL;
  int found = takes_names(dir) ? dirlookup(dir, name, &slot) : -1;
  if (found > 0)
    result = iget(slot.inum);
  else if (found == 0 &&
           add_name(tx, dir, name, fresh->entry.number, is_dir) == 0)
    result = fresh;
  iunlock(dir);
  return result;
}

/* Make an inode and name it; results as publish's, and *made. */
static struct inode *make_in(struct inode *dir, const char *name,
                             const struct dinode *content, bool *made)
{
  struct inode *result = NULL;
  bool is_dir = content->type == T_DIR;
  struct transaction tx;
  if (begin_op(&tx, MAKE_BLOCKS) < 0)
    return NULL;
  struct inode *fresh = ialloc(&tx, content);
  if (fresh && (!is_dir || add_dots(&tx, fresh, dir->entry.number) == 0))
    result = publish(&tx, dir, name, fresh, is_dir);
  *made = result && result == fresh;
  if (fresh && !*made)
    forsake(&tx, fresh);
  end_op(&tx);
  if (fresh && !*made)
    iput(fresh);
  return result;
}

struct inode *names_make(struct inode *cwd, const char *path,
                         const struct dinode *content, bool *made)
{
  path_name name;
  struct inode *dir = nameiparent(cwd, path, name);
  if (!dir)
    return NULL;
  *made = false;
  struct inode *result = namei(dir, name);
  if (!result)
    result = make_in(dir, name, content, made);
  iput(dir);
  return result;
}

/* Make what must not be there yet. */
static int make_new(struct inode *cwd, const char *path,
                    const struct dinode *content)
{
  bool made;
  struct inode *inode = names_make(cwd, path, content, &made);
  if (!inode)
    return -1;
  iput(inode);
  return made ? 0 : -1;
}

int fs_mkdir(struct inode *cwd, const char *path)
{
  const struct dinode content = {.type = T_DIR, .nlink = 1};
  return make_new(cwd, path, &content);
}

int fs_mknod(struct inode *cwd, const char *path, short major, short minor)
{
  const struct dinode content = {
      .type = T_DEVICE, .major = major, .minor = minor, .nlink = 1};
  return make_new(cwd, path, &content);
}

/* What link and unlink do in their transaction, with both inodes locked. */
typedef int (*name_change)(struct transaction *tx, struct inode *dir,
                           const char *name, struct inode *inode);

static int add_link(struct transaction *tx, struct inode *dir, const char *name,
                    struct inode *inode)
{
  struct dir_slot slot;
  if (inode->disk.type == T_DIR || inode->disk.nlink == 0 ||
      inode->disk.nlink == MAX_NLINK)
    return -1;
  if (dirlookup(dir, name, &slot) != 0 || inode_join(tx, inode) < 0)
    return -1;
  if (dirlink(tx, dir, name, inode->entry.number) < 0)
    return -1;
  inode->disk.nlink++;
  iupdate(tx, inode);
  return 0;
}

static int remove_link(struct transaction *tx, struct inode *dir,
                       const char *name, struct inode *inode)
{
  struct dir_slot slot;
  bool is_dir = inode->disk.type == T_DIR;
  if (dirlookup(dir, name, &slot) <= 0 || slot.inum != inode->entry.number ||
      inode->disk.nlink == 0)
    return -1;
  if (is_dir && dir_is_empty(inode) <= 0)
    return -1;
  if (inode_join(tx, inode) < 0 || dir_remove(tx, dir, &slot) < 0)
    return -1;
  inode->disk.nlink--;
  iupdate(tx, inode);
  if (is_dir)
    inode->removed_from = dir->entry.number;
  if (is_dir && dir->disk.nlink > 1) {
    dir->disk.nlink--;
    iupdate(tx, dir);
  }
  return 0;
}

static int change_name(name_change change, struct inode *dir, const char *name,
                       struct inode *inode)
{
  int result = -1;
  struct transaction tx;
  if (begin_op(&tx, LINK_BLOCKS) < 0)
    return -1;
  if (ilock_two(dir, inode) == 0) {
    if (takes_names(dir))
      result = change(&tx, dir, name, inode);
    iunlock(dir);
    iunlock(inode);
  }
  end_op(&tx);
  return result;
}

int fs_link(struct inode *cwd, const char *old_path, const char *new_path)
{
  int result = -1;
  path_name name;
  struct inode *inode = namei(cwd, old_path);
  if (!inode)
    return -1;
  struct inode *dir = nameiparent(cwd, new_path, name);
  if (dir) {
    result = change_name(add_link, dir, name, inode);
    iput(dir);
  }
  iput(inode);
  return result;
}

int fs_unlink(struct inode *cwd, const char *path)
{
  int result = -1;
  path_name name;
  struct inode *dir = nameiparent(cwd, path, name);
  if (!dir)
    return -1;
  bool is_dot = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
  struct inode *inode = is_dot ? NULL : namei(dir, name);
  if (inode) {
    result = change_name(remove_link, dir, name, inode);
    if (result == 0 && inode->disk.type == T_DIR)
      inode_forget_parent(inode);
    iput(inode);
  }
  iput(dir);
  return result;
}
