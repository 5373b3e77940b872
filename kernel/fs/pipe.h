/* Pipes: bytes in order from writers to readers, at most PIPE_SIZE at a time.
 * Reading and writing sleep; a killed process gives up with -1. */
#ifndef FS_PIPE_H
#define FS_PIPE_H

#include "lib/base.h"
#include "mm/copy.h"

#define PIPE_SIZE 4032

struct pipe;

/* A new pipe with both ends open. NULL: out of memory. */
struct pipe *pipe_create(void);

/* Close an end; with the second one the pipe is gone. */
void pipe_close_reader(struct pipe *pipe);
void pipe_close_writer(struct pipe *pipe);

/* Wait for bytes and take up to nbytes. Their number; 0: there are none and no
 * writer; -1: the place is bad from its first byte. */
int piperead(struct pipe *pipe, struct uio uio, uint nbytes);

/* Put nbytes in, waiting for room. nbytes, or as many as came before a bad
 * byte of the place; -1: bad from its first byte, or no reader is left. */
int pipewrite(struct pipe *pipe, struct uio uio, uint nbytes);

#endif
