/* Following paths, one directory locked at a time. */
#include "fs/path.h"
#include "fs/dir.h"
#include "lib/string.h"

static const char *skip_slashes(const char *at, const char *end)
{
  while (at < end && *at == '/')
    at++;
  return at;
}

static const char *skip_element(const char *at, const char *end)
{
  while (at < end && *at != '/')
    at++;
  return at;
}

static void copy_name(path_name name, const char *start, const char *end)
{
  size_t length = min_u64(end - start, DIRSIZ);
  memcpy(name, start, length);
  name[length] = '\0';
}

/* The number that a locked dir has under this name, 0 if none. A removed
 * directory leads to itself alone: its "..", whose number may be another
 * directory's by now, names nobody that it has a right to. */
static uint find_number(struct inode *dir, const char *name)
{
  struct dir_slot slot;
  if (dir->disk.type != T_DIR || dir_find(dir, name, &slot) <= 0)
    return 0;
  bool removed = dir->disk.nlink == 0;
  return removed && slot.inum != dir->entry.number ? 0 : slot.inum;
}

/* The inode that dir has under this name. Takes over the reference to dir. */
static struct inode *enter(struct inode *dir, const char *name)
{
  struct inode *found = NULL;
  if (inode_lock(dir) == 0) {
    uint number = find_number(dir, name);
    if (number != 0)
      found = inode_get(number);
    inode_unlock(dir);
  }
  inode_put(dir);
  return found;
}

/* Follow the elements in [path, end). */
static struct inode *follow(struct inode *cwd, const char *path,
                            const char *end)
{
  struct inode *inode = NULL;
  if (*path == '/')
    inode = inode_get(ROOTINO);
  else if (cwd)
    inode = inode_hold(cwd);

  const char *start = skip_slashes(path, end);
  while (inode && start < end) {
    path_name name;
    const char *stop = skip_element(start, end);
    copy_name(name, start, stop);
    inode = enter(inode, name);
    start = skip_slashes(stop, end);
  }
  return inode;
}

struct inode *path_find(struct inode *cwd, const char *path)
{
  return follow(cwd, path, path + strlen(path));
}

struct inode *path_parent(struct inode *cwd, const char *path, path_name name)
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
