/* Pipes: a ring of bytes in the page that also holds its state. */
#include "fs/pipe.h"
#include "fs/span.h"
#include "lib/string.h"
#include "mm/page.h"
#include "sync/wait.h"

/* Readers sleep on &filled, writers on &taken. Both only grow, and wrap
 * together: filled - taken bytes are in the ring. */
struct pipe {
  struct spinlock lock;
  bool has_reader;
  bool has_writer;
  uint filled;
  uint taken;
  uint8 ring[PIPE_SIZE] __attribute__((aligned(8))); /* copied by words */
};
static_assert(sizeof(struct pipe) <= PGSIZE, "a pipe is one page");
static_assert((PIPE_SIZE & (PIPE_SIZE - 1)) == 0, "the counters may wrap");

struct pipe *pipe_create(void)
{
  struct pipe *pipe = page_alloc();
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
  wakeup(&pipe->filled);
  wakeup(&pipe->taken);
  release(&pipe->lock);
  if (last)
    page_put(pipe);
}

void pipe_close_reader(struct pipe *pipe)
{
  close_end(pipe, &pipe->has_reader);
}

void pipe_close_writer(struct pipe *pipe)
{
  close_end(pipe, &pipe->has_writer);
}

/* How many of count bytes from position on stand together in the ring. */
static uint in_a_row(uint position, uint count)
{
  return min_u64(count, PIPE_SIZE - position % PIPE_SIZE);
}

/* Take what there is, up to nbytes or a bad place. */
static uint take(struct pipe *pipe, struct place place, uint nbytes)
{
  uint done = 0;
  while (done < nbytes && pipe->taken != pipe->filled) {
    uint step = in_a_row(pipe->taken, pipe->filled - pipe->taken);
    step = min_u64(step, span_in_page(place, done, nbytes - done));
    const uint8 *from = &pipe->ring[pipe->taken % PIPE_SIZE];
    if (copy_to_place(place, done, from, step) < 0)
      break;
    pipe->taken += step;
    done += step;
  }
  return done;
}

int pipe_read(struct pipe *pipe, struct place place, uint nbytes)
{
  int result = -1;
  acquire(&pipe->lock);
  while (nbytes > 0 && pipe->taken == pipe->filled && pipe->has_writer &&
         !killed())
    sleep_on(&pipe->filled, &pipe->lock);
  if (nbytes == 0 || (pipe->taken == pipe->filled && !pipe->has_writer)) {
    result = 0;
  } else if (pipe->taken != pipe->filled) {
    uint done = take(pipe, place, nbytes);
    wakeup(&pipe->taken);
    result = done > 0 ? (int)done : -1;
  }
  release(&pipe->lock);
  return result;
}

/* Put one piece of the nbytes from place + done in, which has room. Its
 * length, or 0: the place is bad there. */
static uint put_piece(struct pipe *pipe, struct place place, uint done,
                      uint nbytes)
{
  uint room = PIPE_SIZE - (pipe->filled - pipe->taken);
  uint step = in_a_row(pipe->filled, room);
  step = min_u64(step, span_in_page(place, done, nbytes - done));
  uint8 *to = &pipe->ring[pipe->filled % PIPE_SIZE];
  if (copy_from_place(to, place, done, step) < 0)
    return 0;
  pipe->filled += step;
  return step;
}

int pipe_write(struct pipe *pipe, struct place place, uint nbytes)
{
  uint done = 0, step = 1;
  acquire(&pipe->lock);
  while (done < nbytes && step > 0 && pipe->has_reader && !killed()) {
    if (pipe->filled - pipe->taken == PIPE_SIZE) {
      wakeup(&pipe->filled);
      sleep_on(&pipe->taken, &pipe->lock);
    } else {
      step = put_piece(pipe, place, done, nbytes);
      done += step;
    }
  }
  bool gave_up = done < nbytes && step > 0;
  bool bad_at_once = step == 0 && done == 0;
  wakeup(&pipe->filled);
  release(&pipe->lock);
  return gave_up || bad_at_once ? -1 : (int)done;
}
