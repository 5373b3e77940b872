/* Following paths, one directory locked at a time. */
#include "fs/path.h"
#include "fs/dir.h"
#include "lib/string.h"

static const char *skip_slashes(const char *at)
{
  while (*at == '/')
    at++;
  return at;
}

static const char *skip_element(const char *at)
{
  while (*at != '/' && *at != '\0')
    at++;
  return at;
}

static void copy_name(path_name name, const char *start, const char *end)
{
  size_t length = min_u64(end - start, DIRSIZ);
  memcpy(name, start, length);
  name[length] = '\0';
}

/* Whether the locked dir leads to what it has under this number: a removed
 * directory leads to itself, and up as long as its parent is in the tree. */
static bool leads_to(const struct inode *dir, uint inum)
{
  return dir->disk.nlink > 0 || inum == dir->entry.number ||
         inum == dir->removed_from;
}

/* The inode that dir has under this name. Takes over the reference to dir. */
static struct inode *enter(struct inode *dir, const char *name)
{
  struct inode *found = NULL;
  if (ilock(dir) == 0) {
    struct dir_slot slot;
    if (dir->disk.type == T_DIR && dirlookup(dir, name, &slot) > 0 &&
        leads_to(dir, slot.inum))
      found = iget(slot.inum);
    iunlock(dir);
  }
  iput(dir);
  return found;
}

/* Follow the elements before the one that starts at last; NULL: all. */
static struct inode *follow(struct inode *cwd, const char *path,
                            const char *last)
{
  struct inode *inode = NULL;
  if (*path == '/')
    inode = iget(ROOTINO);
  else if (cwd)
    inode = idup(cwd);

  const char *start = skip_slashes(path);
  while (inode && start != last && *start != '\0') {
    path_name name;
    const char *stop = skip_element(start);
    copy_name(name, start, stop);
    inode = enter(inode, name);
    start = skip_slashes(stop);
  }
  return inode;
}

struct inode *namei(struct inode *cwd, const char *path)
{
  return follow(cwd, path, NULL);
}

struct inode *nameiparent(struct inode *cwd, const char *path, path_name name)
{
  const char *end = path + strlen(path);
  while (end > path && end[-1] == '/')
    end--;
  const char *start = end;
  while (start > path && start[-1] != '/')
    start--;
  if (start == end)
    return NULL;
  copy_name(name, start, end);
  return follow(cwd, path, start);
}
