/* Pipes: bytes in order from writers to readers. A pipe is one page: its state
 * and, behind it, bytes. A long write that fills it takes more pages, in a
 * list. Bytes are added at the end of the last page, and taken from the first,
 * which is given back when all of it has been read. An empty pipe begins anew
 * in its own page, so a program's buffer and the pipe are mostly aligned alike,
 * and are copied by words. Read sync/wait.h before.
 *
 * Sleep and wakeup: a reader that finds the pipe empty sleeps on &count, a
 * writer that finds it full on &end. No wakeup is lost:
 *   - The reader holds the pipe's lock from when it looks at count until it is
 *     on the channel's queue; sleep releases the lock after that, not before.
 *   - The writer adds bytes under the same lock. Either it did so before the
 *     reader looked, who then does not sleep; or it does so after the reader is
 *     on the queue, where the writer's wakeup finds it.
 *   - wakeup wakes all that sleep on the channel, and the first may take all
 *     bytes. So the others look again when sleep returns, which is why it
 *     always stands in a loop.
 * A kill wakes a sleeper as well, so each loop asks whether it was killed.
 * A change of process costs as much as to copy some KiB, so a writer is woken
 * when half of what filled the pipe has been read, and not before. */
#include "fs/file.h"
#include "lib/string.h"
#include "mm/page.h"
#include "sync/wait.h"

/* The pages that a pipe takes at most besides its own, and the least write for
 * which it takes the first of them. Programs count the free pages by a byte in
 * a pipe for each, and must not find less when these are read late. */
#define PIPE_PAGES 16
#define PIPE_LONG 512

/* So many bytes are moved to make room rather than a page taken. */
#define PIPE_MOVED (PGSIZE / 2)

/* What a page begins with, behind which its bytes are. */
struct pipe_page {
  struct pipe_page *next; /* NULL in the last one */
};

struct pipe {
  struct pipe_page own;
  struct spinlock lock; /* guards all of it */
  bool has_reader, has_writer;
  bool reader_waits;       /* or did when it was killed */
  uint64 wake_below;       /* wake writers at fewer bytes; 0: none waits */
  uint64 count;            /* of bytes in all pages */
  uint64 npages;           /* besides its own */
  struct pipe_page *first; /* holds the next byte to read */
  struct pipe_page *last;  /* takes the next one that is written */
  uint64 start, end;       /* where these are, from their pages' beginnings */
};
static_assert(PGSIZE - sizeof(struct pipe) > PIPE_MOVED,
              "so few bytes behind which a page is full are all in it");

/* Go on to the next page, when the first one has been read. */
static void drop_first(struct pipe *pipe)
{
  struct pipe_page *page = pipe->first;
  pipe->first = page->next;
  pipe->start = sizeof(*page);
  if (page != &pipe->own) {
    kfree(page);
    pipe->npages--;
  }
}

/* Move what is left to read, all in the last page, to the pipe's own page. */
static void gather(struct pipe *pipe)
{
  if (pipe->count > 0)
    memmove(pipe + 1, (uint8 *)pipe->last + pipe->start, pipe->count);
  drop_first(pipe);
  pipe->own.next = NULL;
  pipe->first = pipe->last = &pipe->own;
  pipe->start = sizeof(*pipe);
  pipe->end = sizeof(*pipe) + pipe->count;
}

int pipealloc(struct file **read_end, struct file **write_end)
{
  struct file *reader = *read_end = filealloc();
  struct file *writer = *write_end = filealloc();
  struct pipe *pipe = reader && writer ? kalloc() : NULL;
  if (!pipe) {
    if (writer)
      fileclose(writer);
    if (reader)
      fileclose(reader);
    return -1;
  }
  *pipe = (struct pipe){.has_reader = true, .has_writer = true};
  initlock(&pipe->lock, "pipe");
  pipe->first = &pipe->own;
  gather(pipe);
  reader->kind = writer->kind = FILE_PIPE;
  reader->pipe = writer->pipe = pipe;
  reader->readable = true;
  writer->writable = true;
  return 0;
}

void pipeclose(struct pipe *pipe, bool writable)
{
  acquire(&pipe->lock);
  if (writable)
    pipe->has_writer = false;
  else
    pipe->has_reader = false;
  /* Whoever waits for the end that goes has nothing to wait for any more. */
  wakeup(&pipe->count);
  wakeup(&pipe->end);
  bool unused = !pipe->has_reader && !pipe->has_writer;
  release(&pipe->lock);
  if (unused) {
    while (pipe->first != NULL)
      drop_first(pipe);
    kfree(pipe);
  }
}

/* Make room behind the last page, which is full, for what is left of a write of
 * so many bytes. False: it has to wait. One that would fit into the pipe's own
 * page with what is there needs neither another page nor to wait. */
static bool make_room(struct pipe *pipe, uint nbytes, uint64 left)
{
  bool may_grow = nbytes >= PIPE_LONG || pipe->npages > 0;
  struct pipe_page *page = NULL;
  if (pipe->count > PIPE_MOVED && may_grow && pipe->npages < PIPE_PAGES)
    page = kalloc();
  if (page != NULL) {
    page->next = NULL;
    pipe->last->next = page;
    pipe->last = page;
    pipe->end = sizeof(*page);
    pipe->npages++;
    return true;
  }
  bool fits =
      pipe->first == pipe->last && pipe->count + left <= PGSIZE - sizeof(*pipe);
  if (fits || pipe->count <= PIPE_MOVED)
    gather(pipe);
  return pipe->end < PGSIZE;
}

/* Let interrupts in after each page that was copied, and not before, so that
 * what is read or written by up to a page at a time stays whole; but to split
 * each of two shared 2 MiB leaves takes a while. Others may use the pipe
 * meanwhile, so the caller looks at it again. */
static void pause_after(struct pipe *pipe, struct uio uio, uint64 done)
{
  if (done % PGSIZE == 0 || (uio.address + done) % SUPERPGSIZE == 0) {
    release(&pipe->lock);
    acquire(&pipe->lock);
  }
}

static void wake_readers(struct pipe *pipe)
{
  if (pipe->reader_waits) {
    pipe->reader_waits = false;
    wakeup(&pipe->count);
  }
}

int piperead(struct pipe *pipe, struct uio uio, uint nbytes)
{
  uint64 done = 0;
  acquire(&pipe->lock);
  /* Wait for a first byte. With no writer left none can come. */
  while (nbytes > 0 && pipe->count == 0 && pipe->has_writer && !killed()) {
    pipe->reader_waits = true;
    sleep(&pipe->count, &pipe->lock);
  }
  bool at_end = nbytes == 0 || (pipe->count == 0 && !pipe->has_writer);

  /* Take what there is: no reader waits for all of nbytes. */
  while (done < nbytes && pipe->count > 0) {
    uint64 piece = min_u64(pipe->count, PGSIZE - pipe->start);
    piece = min_u64(piece, PGSIZE - done % PGSIZE);
    piece = min_u64(piece, span_in_page(uio, done, nbytes - done));
    if (copy_to_uio(uio, done, (uint8 *)pipe->first + pipe->start, piece) < 0)
      break;
    pipe->start += piece;
    pipe->count -= piece;
    done += piece;
    if (pipe->start == PGSIZE && pipe->first != pipe->last)
      drop_first(pipe);
    if (pipe->count == 0)
      gather(pipe);
    pause_after(pipe, uio, done);
  }
  /* Writers that wait for room have it; they run when the lock is free. */
  if (pipe->count < pipe->wake_below) {
    pipe->wake_below = 0;
    wakeup(&pipe->end);
  }
  release(&pipe->lock);
  return done > 0 || at_end ? (int)done : -1;
}

int pipewrite(struct pipe *pipe, struct uio uio, uint nbytes)
{
  uint64 done = 0;
  bool bad_address = false;
  acquire(&pipe->lock);
  while (done < nbytes && pipe->has_reader && !killed()) {
    if (pipe->end == PGSIZE && !make_room(pipe, nbytes, nbytes - done)) {
      /* Readers may still sleep since the pipe was empty: they and this writer
       * must not wait for each other. */
      wake_readers(pipe);
      pipe->wake_below = max_u64(pipe->wake_below, pipe->count / 2 + 1);
      sleep(&pipe->end, &pipe->lock);
      continue;
    }
    uint64 piece = min_u64(PGSIZE - pipe->end, PGSIZE - done % PGSIZE);
    piece = min_u64(piece, span_in_page(uio, done, nbytes - done));
    uint8 *to = (uint8 *)pipe->last + pipe->end;
    bad_address = copy_from_uio(to, uio, done, piece) < 0;
    if (bad_address)
      break;
    pipe->end += piece;
    pipe->count += piece;
    done += piece;
    pause_after(pipe, uio, done);
  }
  wake_readers(pipe);
  release(&pipe->lock);
  return done == nbytes || (bad_address && done > 0) ? (int)done : -1;
}
