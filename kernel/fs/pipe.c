/* Pipes: a ring of bytes in the page that also holds its state. */
#include "fs/pipe.h"
#include "fs/span.h"
#include "lib/string.h"
#include "mm/page.h"
#include "sync/wait.h"

/* Readers sleep on &count, writers on &start. */
struct pipe {
  struct spinlock lock;
  bool has_reader;
  bool has_writer;
  uint start; /* where the first byte of the ring is */
  uint count; /* of bytes in it */
  uint8 ring[PIPE_SIZE] __attribute__((aligned(8))); /* copied by words */
};
static_assert(sizeof(struct pipe) <= PGSIZE, "a pipe is one page");

struct pipe *pipe_create(void)
{
  struct pipe *pipe = kalloc();
  if (!pipe)
    return NULL;
  memset(pipe, 0, sizeof(*pipe));
  initlock(&pipe->lock, "pipe");
  pipe->has_reader = pipe->has_writer = true;
  return pipe;
}

static void close_end(struct pipe *pipe, bool *end)
{
  acquire(&pipe->lock);
  *end = false;
  bool last = !pipe->has_reader && !pipe->has_writer;
  wakeup(&pipe->count);
  wakeup(&pipe->start);
  release(&pipe->lock);
  if (last)
    kfree(pipe);
}

void pipe_close_reader(struct pipe *pipe)
{
  close_end(pipe, &pipe->has_reader);
}

void pipe_close_writer(struct pipe *pipe)
{
  close_end(pipe, &pipe->has_writer);
}

/* The place so many bytes after one in the ring. */
static uint place_after(uint at, uint nbytes)
{
  at += nbytes;
  return at < PIPE_SIZE ? at : at - PIPE_SIZE;
}

/* A leaf of 2 MiB may have been parted for what was copied so far, which takes
 * a while: before another one is, interrupts may come. Others may use the pipe
 * meanwhile, so the caller looks at it anew. */
static __attribute__((noinline)) void let_interrupts_in(struct pipe *pipe)
{
  release(&pipe->lock);
  acquire(&pipe->lock);
}

/* Take what there is, up to nbytes or a bad place. */
static uint take(struct pipe *pipe, struct uio uio, uint nbytes)
{
  uint done = 0;
  while (done < nbytes && pipe->count > 0) {
    uint step = min_u64(pipe->count, PIPE_SIZE - pipe->start);
    step = min_u64(step, span_in_page(uio, done, nbytes - done));
    if (copy_to_uio(uio, done, &pipe->ring[pipe->start], step) < 0)
      break;
    pipe->start = place_after(pipe->start, step);
    pipe->count -= step;
    done += step;
    if ((uio.address + done) % SUPERPGSIZE == 0)
      let_interrupts_in(pipe);
  }
  return done;
}

int piperead(struct pipe *pipe, struct uio uio, uint nbytes)
{
  int result = -1;
  acquire(&pipe->lock);
  while (nbytes > 0 && pipe->count == 0 && pipe->has_writer && !killed())
    sleep(&pipe->count, &pipe->lock);
  if (nbytes == 0 || (pipe->count == 0 && !pipe->has_writer)) {
    result = 0;
  } else if (pipe->count > 0) {
    uint done = take(pipe, uio, nbytes);
    wakeup(&pipe->start);
    result = done > 0 ? (int)done : -1;
  }
  release(&pipe->lock);
  return result;
}

/* Put one piece of the nbytes from place + done in, which has room. Its
 * length, or 0: the place is bad there. */
static uint put_piece(struct pipe *pipe, struct uio uio, uint done, uint nbytes)
{
  uint at = place_after(pipe->start, pipe->count);
  uint step = min_u64(PIPE_SIZE - pipe->count, PIPE_SIZE - at);
  step = min_u64(step, span_in_page(uio, done, nbytes - done));
  if (copy_from_uio(&pipe->ring[at], uio, done, step) < 0)
    return 0;
  pipe->count += step;
  return step;
}

int pipewrite(struct pipe *pipe, struct uio uio, uint nbytes)
{
  uint done = 0, step = 1;
  acquire(&pipe->lock);
  while (done < nbytes && step > 0 && pipe->has_reader && !killed()) {
    if (pipe->count == PIPE_SIZE) {
      wakeup(&pipe->count);
      sleep(&pipe->start, &pipe->lock);
    } else {
      step = put_piece(pipe, uio, done, nbytes);
      done += step;
      if ((uio.address + done) % SUPERPGSIZE == 0)
        let_interrupts_in(pipe);
    }
  }
  bool gave_up = done < nbytes && step > 0;
  bool bad_at_once = step == 0 && done == 0;
  wakeup(&pipe->count);
  release(&pipe->lock);
  return gave_up || bad_at_once ? -1 : (int)done;
}
