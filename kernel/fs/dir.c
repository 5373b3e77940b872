/* Directories: finding a name in one, following a path through many, and the
 * operations that make and remove names. It stands on inodes (fs/inode.h),
 * whose content the entries are, on the name cache (fs/namecache.h), and on
 * transactions (fs/log.h).
 *
 * Following a path locks directories only where the cache does not know the
 * way, and one at a time: so threads that go up by .. and others that go down
 * cannot wait for each other. So what a lookup found may be out of date when it
 * is used: each operation finds its inodes with nothing locked, but keeps
 * references; then it begins its transaction, locks them, and looks again. */
#include "fs/dir.h"
#include "fs/namecache.h"
#include "lib/print.h"
#include "lib/string.h"

static_assert(BSIZE % sizeof(struct dirent) == 0,
              "no entry spans blocks: all of it is written, or nothing");

/* The most blocks that operations add to their transactions. Making a directory
 * changes its inode, the block of its first two entries, and the entry in its
 * parent; a link changes an entry, and the inode that it names. */
#define CREATE_BLOCKS (1 + ALLOC_BLOCKS + WRITE_BLOCKS)
#define LINK_BLOCKS (1 + WRITE_BLOCKS)
static_assert(CREATE_BLOCKS <= MAXOPBLOCKS, "making a directory fits the log");

/* Whether the entry has this name or, for NULL, is free. A full name has no
 * NUL. */
static bool matches(const struct dirent *entry, const char *name)
{
  if (!name)
    return entry->inum == 0;
  return entry->inum != 0 && entry->name[0] == name[0] &&
         strncmp(entry->name, name, DIRSIZ) == 0;
}

/* Search the locked directory, from an offset on, for a name or, for NULL, for
 * a free entry. 1 with the entry's inode number and its offset in bytes; 0 with
 * number 0 and the end's offset: there is none; -1: damage, or disk error. */
static int search(struct inode *dir, const char *name, uint from, uint *inum,
                  uint *offset)
{
  uint end = dir->disk.size - dir->disk.size % sizeof(struct dirent);
  uint at = from, next;
  *inum = 0;
  for (; at < end; at = next) {
    struct buf *buf;
    next = min_u64(end, at - at % BSIZE + BSIZE);
    if (iblock(dir, at, &buf) < 0)
      return -1;
    if (!buf)
      continue; /* a hole has no entry that could be used */
    const struct dirent *entry = (struct dirent *)(buf->data + at % BSIZE);
    for (; at < next && !matches(entry, name); entry++)
      at += sizeof(*entry);
    if (at < next) {
      *inum = entry->inum;
      *offset = at;
      return 1;
    }
  }
  *offset = end;
  return 0;
}

/* What the locked directory has under a name: as search, but from the cache if
 * that knows it. Debug builds compare; only on a damaged disk, where a block
 * may be in two files, may they find a difference. */
static int dirlookup(struct inode *dir, union name *name, uint *inum,
                     uint *offset)
{
  name->entry.inum = dir->entry.number;
  acquire(&icache.lock);
  int found = namecache_find(name, inum, offset);
  release(&icache.lock);
  if (found < 0) {
    found = search(dir, name->entry.name, 0, inum, offset);
    if (found >= 0 && dir->disk.nlink > 0)
      namecache_enter(name, *inum, *offset);
  } else if (DEBUG) {
    uint number, at;
    if (search(dir, name->entry.name, 0, &number, &at) >= 0 &&
        (number != *inum || (found > 0 && at != *offset)))
      printk("fs: the name cache has %u for %u in directory %u\n", *inum,
             number, dir->entry.number);
  }
  return found;
}

/* Add an entry to the locked directory, which has no such name. 0, or -1: the
 * directory or the disk is full, or as search. */
static int dirlink(struct transaction *tx, struct inode *dir,
                   const union name *name, uint inum)
{
  uint unused, offset; /* of a free entry, or the directory's end: it grows */
  struct dirent entry = name->entry;
  entry.inum = inum;
  if (search(dir, NULL, dir->first_free, &unused, &offset) < 0 ||
      writei(tx, dir, uio_kernel(&entry), 0, offset, sizeof(entry)) < 0)
    return -1;
  dir->first_free = offset + sizeof(entry);
  if (dir->disk.nlink > 0)
    namecache_enter(name, inum, offset);
  return 0;
}

static bool is_dot_or_dotdot(const char *name)
{
  return strncmp(name, ".", DIRSIZ) == 0 || strncmp(name, "..", DIRSIZ) == 0;
}

/* 1 if the locked directory has no entries but . and .., 0 if it has, or -1. On
 * a damaged disk these may stand anywhere, so they are known by their names. */
static int dir_is_empty(struct inode *dir)
{
  struct dirent entry;
  for (uint at = 0; at + sizeof(entry) <= dir->disk.size; at += sizeof(entry)) {
    if (readi(dir, uio_kernel(&entry), at, sizeof(entry)) < 0)
      return -1;
    if (entry.inum != 0 && !is_dot_or_dotdot(entry.name))
      return 0;
  }
  return 1;
}

/* One step along a path that the cache does not know: the inode that dir has
 * under this name, with a reference; the one to dir is given back. NULL: dir is
 * NULL or no directory, has no such name, or is damaged, or a disk error. */
static struct inode *enter(struct inode *dir, union name *name)
{
  struct inode *found = NULL;
  uint inum, offset;
  if (dir && ilock(dir) == 0) {
    /* A removed directory leads to itself, and up as long as its parent is in
     * the tree: after that the number may be another inode's. */
    if (dir->disk.type == T_DIR && dirlookup(dir, name, &inum, &offset) > 0 &&
        (dir->disk.nlink > 0 || inum == dir->entry.number ||
         inum == dir->removed_from))
      found = iget(inum);
    iunlock(dir);
  }
  iput(dir);
  return found;
}

/* Unlock the cache, which has led to this number (0: to nothing), and give back
 * the reference to where it began. The inode with a reference. */
static struct inode *leave_cache(uint number, struct inode *from)
{
  struct inode *inode = iget_locked(number);
  release(&icache.lock);
  iput(from);
  return inode;
}

/* Take the next element off the path: its bytes, and the slashes around it.
 * false: there is none or, to_parent, it is the last one. */
static bool next_name(const char **path, bool to_parent, union name *name)
{
  const char *at = *path;
  uint length = 0;
  *name = (union name){0};
  while (*at == '/')
    at++; /* slashes in a row count as one, and at the end as none */
  for (; *at != '/' && *at != '\0'; at++) {
    if (length < DIRSIZ)
      name->entry.name[length++] = *at;
  }
  while (*at == '/')
    at++;
  *path = at;
  return length > 0 && !(to_parent && *at == '\0');
}

/* Follow a path to its end or, to_parent, to the directory that its last
 * element is in or would be in; name becomes that element. A path without one
 * leads to where it starts, with an empty name. The inode with a reference, or
 * NULL as for namei; it may yet turn out to be no directory. */
static struct inode *namex(struct inode *cwd, const char *path, bool to_parent,
                           union name *name)
{
  uint offset, number = cwd ? cwd->entry.number : 0; /* iget(0) is NULL */
  struct inode *inode = NULL; /* once a look into a directory has led to one */
  bool locked = false;
  if (*path == '/')
    number = ROOTINO;
  while (next_name(&path, to_parent, name)) {
    /* As far as the cache knows the way, it is a way of numbers: while the
     * cache is locked they stand for the same inodes. */
    if (!locked)
      acquire(&icache.lock);
    name->entry.inum = number;
    int known = namecache_find(name, &number, &offset);
    locked = known > 0 && !DEBUG;
    if (locked)
      continue;
    /* Debug builds look into the directory as well: dirlookup compares. Only
     * while the cache is locked does that surely have a name: a later iget
     * could meet an inode that is being freed, or made anew. */
    struct inode *dir =
        DEBUG && known >= 0 ? iget_locked(name->entry.inum) : NULL;
    inode = leave_cache(number, inode);
    if (known < 0)
      inode = enter(inode, name);
    else if (DEBUG)
      iput(enter(dir, name));
    if (!inode)
      return NULL;
    number = inode->entry.number;
  }
  if (locked)
    return leave_cache(number, inode);
  return inode ? inode : iget(number);
}

static struct inode *nameiparent(struct inode *cwd, const char *path,
                                 union name *name)
{
  return namex(cwd, path, true, name);
}

struct inode *namei(struct inode *cwd, const char *path)
{
  union name name;
  return namex(cwd, path, false, &name);
}

struct inode *namei_locked(struct inode *cwd, const char *path, short type)
{
  struct inode *inode = namei(cwd, path);
  if (inode && ilock(inode) == 0) {
    if (inode->disk.type == type)
      return inode;
    iunlock(inode);
  }
  iput(inode);
  return NULL;
}

/* Lock an inode and the directory in which it has, or gets, a name. 0, or -1
 * with neither locked: also if dir is no directory, or was removed after it
 * was found, when it must take no names. */
static int lock_both(struct inode *dir, struct inode *inode)
{
  if (ilock_two(dir, inode) < 0)
    return -1;
  if (dir->disk.type == T_DIR && dir->disk.nlink > 0)
    return 0;
  iunlock(dir);
  iunlock(inode);
  return -1;
}

/* Name inode in dir, which has no such name; both are locked. 0 or -1. The
 * inode joins first: after that nothing fails but the entry, and if that
 * fails nothing has changed. */
static int add_link(struct transaction *tx, struct inode *dir,
                    const union name *name, struct inode *inode)
{
  if (inode->disk.nlink == MAX_NLINK || iupdate(tx, inode) < 0 ||
      dirlink(tx, dir, name, inode->entry.number) < 0)
    return -1;
  inode->disk.nlink++;
  (void)iupdate(tx, inode);
  return 0;
}

/* The same for a new inode. A directory gets its entries . and .., of which the
 * latter counts as a link to dir. */
static int add_fresh(struct transaction *tx, struct inode *dir,
                     const union name *name, struct inode *fresh)
{
  const union name self = {.entry.name = "."}, parent = {.entry.name = ".."};
  if (fresh->disk.type != T_DIR)
    return add_link(tx, dir, name, fresh);
  if (dir->disk.nlink == MAX_NLINK ||
      dirlink(tx, fresh, &self, fresh->entry.number) < 0 ||
      dirlink(tx, fresh, &parent, dir->entry.number) < 0 ||
      add_link(tx, dir, name, fresh) < 0)
    return -1;
  dir->disk.nlink++;
  (void)iupdate(tx, dir);
  return 0;
}

struct inode *create(struct inode *cwd, const char *path, short type,
                     short major, short minor)
{
  /* It has no link until it has its name: whatever fails, iput frees it. */
  const struct dinode content = {.type = type, .major = major, .minor = minor};
  struct transaction tx;
  union name name;
  uint inum, offset;
  /* A name that is there needs no transaction. */
  struct inode *result = namei(cwd, path), *fresh = NULL;
  struct inode *dir = result ? NULL : nameiparent(cwd, path, &name);
  if (dir && begin_op(&tx, CREATE_BLOCKS) == 0) {
    fresh = ialloc(&tx, &content);
    if (fresh && lock_both(dir, fresh) == 0) {
      /* Another thread may have made the name since namei looked. */
      int found = dirlookup(dir, &name, &inum, &offset);
      if (found > 0)
        result = iget(inum);
      else if (found == 0 && add_fresh(&tx, dir, &name, fresh) == 0)
        result = fresh;
      iunlock(dir);
      iunlock(fresh);
    }
    end_op(&tx);
  }
  /* References go back when the transaction has ended: the last one of an
   * inode without links begins another, to free it. */
  iput(dir);
  if (result == fresh)
    return result;
  iput(fresh);
  if (type == T_FILE)
    return result;
  iput(result);
  return NULL;
}

int fs_mknod(struct inode *cwd, const char *path, short type, short major,
             short minor)
{
  struct inode *inode = create(cwd, path, type, major, minor);
  iput(inode);
  return inode ? 0 : -1;
}

int fs_link(struct inode *cwd, const char *old_path, const char *new_path)
{
  int result = -1;
  struct transaction tx;
  union name name;
  uint inum, offset;
  struct inode *inode = namei(cwd, old_path);
  struct inode *dir = inode ? nameiparent(cwd, new_path, &name) : NULL;
  if (dir && name.entry.name[0] != '\0' && begin_op(&tx, LINK_BLOCKS) == 0) {
    if (lock_both(dir, inode) == 0) {
      /* An inode whose last name has gone gets no other. */
      if (inode->disk.type != T_DIR && inode->disk.nlink > 0 &&
          dirlookup(dir, &name, &inum, &offset) == 0)
        result = add_link(&tx, dir, &name, inode);
      iunlock(dir);
      iunlock(inode);
    }
    end_op(&tx);
  }
  iput(dir);
  iput(inode);
  return result;
}

/* Take inode's name out of dir; both are locked. 0, or -1 with no change. */
static int remove_link(struct transaction *tx, struct inode *dir,
                       union name *name, struct inode *inode)
{
  const struct dirent none = {0};
  bool is_dir = inode->disk.type == T_DIR;
  uint inum, offset;
  /* The name may be another inode's since it was looked up. */
  if (dirlookup(dir, name, &inum, &offset) <= 0 ||
      inum != inode->entry.number || inode->disk.nlink == 0)
    return -1;
  if (is_dir && dir_is_empty(inode) <= 0)
    return -1;
  if (iupdate(tx, inode) < 0 ||
      writei(tx, dir, uio_kernel(&none), 0, offset, sizeof(none)) < 0)
    return -1;
  inode->disk.nlink--;
  (void)iupdate(tx, inode);
  if (is_dir) {
    namecache_forget(inode->entry.number);
    inode->removed_from = dir->entry.number;
  }
  dir->first_free = min_u64(dir->first_free, offset);
  /* On a damaged disk the directory may have the name twice. */
  if (search(dir, name->entry.name, offset, &inum, &offset) >= 0)
    namecache_enter(name, inum, offset);
  else
    namecache_forget(dir->entry.number);
  /* The .. of a directory that goes is a link less to dir; on a damaged disk
   * that may not have been counted. */
  if (is_dir && dir->disk.nlink > 1) {
    dir->disk.nlink--;
    (void)iupdate(tx, dir);
  }
  return 0;
}

int fs_unlink(struct inode *cwd, const char *path)
{
  int result = -1;
  struct transaction tx;
  union name name;
  struct inode *dir = nameiparent(cwd, path, &name), *inode = NULL;
  /* A directory goes by its name in its parent, not by an entry of its own. */
  if (dir && !is_dot_or_dotdot(name.entry.name))
    inode = namei(cwd, path);
  if (inode && begin_op(&tx, LINK_BLOCKS) == 0) {
    if (lock_both(dir, inode) == 0) {
      result = remove_link(&tx, dir, &name, inode);
      iunlock(dir);
      iunlock(inode);
    }
    end_op(&tx);
  }
  /* Its number may soon be another inode's: no .. may lead there any more. */
  if (result == 0 && inode->disk.type == T_DIR)
    inode_forget_parent(inode);
  iput(inode);
  iput(dir);
  return result;
}
