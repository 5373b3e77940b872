/* A disk in memory for host tests: errors on demand, and a trace of writes
 * and flushes from which any crash can be made. A request is carried out when
 * it is waited for: who does not wait gets nothing. */
#ifndef HOST_DISK_H
#define HOST_DISK_H

#include "dev/disk.h"

/* Make the disk a copy of these bytes, with no errors and no trace. */
void host_disk_load(const void *bytes, uint64 nbytes);

/* What the disk holds, to look at and to damage, and its bytes. */
uint8 *host_disk_bytes(void);
uint64 host_disk_size(void);

void host_disk_set_read_only(bool read_only);

/* Let requests of this kind fail, all or one, when this many more have been
 * done. */
void host_disk_fail(enum disk_op op, uint after);
void host_disk_fail_once(enum disk_op op, uint after);
void host_disk_heal(void);

/* Called after each flush, or before each read, which takes its time; until the
 * next host_disk_load. */
void host_disk_on_flush(void (*hook)(void));
void host_disk_on_read(void (*hook)(void));

/* Requests that have failed so since host_disk_load. */
uint host_disk_failures(void);

/* Requests of this kind since host_disk_load, and those that did not lie
 * inside the disk. */
uint host_disk_count(enum disk_op op);
uint host_disk_outside(void);

/* The most requests since the last call that were started, and not yet waited
 * for, at a time. */
uint host_disk_most_in_flight(void);

/* Remember what the disk holds, and each write and flush from now on. */
void host_trace_start(void);

/* The number of steps remembered, and whether step i is a flush or a write,
 * and where. */
uint host_trace_length(void);
enum disk_op host_trace_op(uint step);
uint host_trace_block(uint step);

/* Fill image as the power went after nsteps steps: writes before the last
 * flush are there; of those after it all (seed 0), or some, by the seed. */
void host_trace_crash(uint nsteps, uint seed, uint8 *image);

#endif
