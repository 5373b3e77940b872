/* Pipes: bytes in order from writers to readers, through a ring that is in one
 * page with its state. Read sync/wait.h before.
 *
 * Sleep and wakeup: a reader that finds the ring empty sleeps on &count, a
 * writer that finds it full on &start. No wakeup is lost:
 *   - The reader holds the pipe's lock from when it looks at count until it is
 *     on the channel's queue; sleep releases the lock after that, not before.
 *   - The writer adds bytes under the same lock. Either it did so before the
 *     reader looked, who then does not sleep; or it does so after the reader is
 *     on the queue, where the writer's wakeup finds it.
 *   - wakeup wakes all that sleep on the channel, and the first may take all
 *     bytes. So the others look again when sleep returns, which is why it
 *     always stands in a loop.
 * A kill wakes a sleeper as well, so each loop asks whether it was killed. */
#include "fs/file.h"
#include "lib/string.h"
#include "mm/page.h"
#include "sync/wait.h"

struct pipe {
  struct spinlock lock; /* guards all of it */
  bool has_reader;
  bool has_writer;
  uint start; /* where the first byte of the ring is */
  uint count; /* of bytes in it */
  uint8 ring[PIPE_SIZE] __attribute__((aligned(8))); /* copied by words */
};
static_assert(sizeof(struct pipe) <= PGSIZE, "a pipe is one page");

int pipealloc(struct file **read_end, struct file **write_end)
{
  struct pipe *pipe = kalloc();
  struct file *reader = *read_end = filealloc();
  struct file *writer = *write_end = filealloc();
  if (!pipe || !reader || !writer)
    goto give_back;

  initlock(&pipe->lock, "pipe");
  pipe->has_reader = pipe->has_writer = true;
  pipe->start = pipe->count = 0;
  reader->kind = writer->kind = FILE_PIPE;
  reader->pipe = writer->pipe = pipe;
  reader->readable = true;
  writer->writable = true;
  return 0;

give_back:
  if (writer)
    fileclose(writer);
  if (reader)
    fileclose(reader);
  if (pipe)
    kfree(pipe);
  return -1;
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
  wakeup(&pipe->start);
  bool unused = !pipe->has_reader && !pipe->has_writer;
  release(&pipe->lock);
  if (unused)
    kfree(pipe);
}

/* The position so many bytes after one in the ring. */
static uint ring_after(uint at, uint nbytes)
{
  at += nbytes;
  return at < PIPE_SIZE ? at : at - PIPE_SIZE;
}

/* Let interrupts in after a piece that ended a 2 MiB leaf of the user's: to
 * split a shared leaf takes a while, and the next piece may split another.
 * Others may use the pipe meanwhile, so the caller looks at it again. */
static __attribute__((noinline)) void let_interrupts_in(struct pipe *pipe)
{
  release(&pipe->lock);
  acquire(&pipe->lock);
}

int piperead(struct pipe *pipe, struct uio uio, uint nbytes)
{
  uint done = 0;
  acquire(&pipe->lock);
  /* Wait for a first byte. With no writer left none can come. */
  while (nbytes > 0 && pipe->count == 0 && pipe->has_writer && !killed())
    sleep(&pipe->count, &pipe->lock);
  bool at_end = nbytes == 0 || (pipe->count == 0 && !pipe->has_writer);

  /* Take what there is: no reader waits for all of nbytes. */
  while (done < nbytes && pipe->count > 0) {
    uint step = min_u64(pipe->count, PIPE_SIZE - pipe->start);
    step = min_u64(step, span_in_page(uio, done, nbytes - done));
    if (copy_to_uio(uio, done, &pipe->ring[pipe->start], step) < 0)
      break;
    pipe->start = ring_after(pipe->start, step);
    pipe->count -= step;
    done += step;
    if ((uio.address + done) % SUPERPGSIZE == 0)
      let_interrupts_in(pipe);
  }
  /* Writers that wait for room have it; they run when the lock is free. */
  wakeup(&pipe->start);
  release(&pipe->lock);
  return done > 0 || at_end ? (int)done : -1;
}

int pipewrite(struct pipe *pipe, struct uio uio, uint nbytes)
{
  uint done = 0;
  bool bad_address = false;
  acquire(&pipe->lock);
  while (done < nbytes && pipe->has_reader && !killed()) {
    if (pipe->count == PIPE_SIZE) {
      /* Readers may still sleep since the ring was empty: without this wakeup
       * they and this writer would wait for each other. */
      wakeup(&pipe->count);
      sleep(&pipe->start, &pipe->lock);
      continue;
    }
    uint at = ring_after(pipe->start, pipe->count);
    uint step = min_u64(PIPE_SIZE - pipe->count, PIPE_SIZE - at);
    step = min_u64(step, span_in_page(uio, done, nbytes - done));
    bad_address = copy_from_uio(&pipe->ring[at], uio, done, step) < 0;
    if (bad_address)
      break;
    pipe->count += step;
    done += step;
    if ((uio.address + done) % SUPERPGSIZE == 0)
      let_interrupts_in(pipe);
  }
  wakeup(&pipe->count);
  release(&pipe->lock);
  return done == nbytes || (bad_address && done > 0) ? (int)done : -1;
}
