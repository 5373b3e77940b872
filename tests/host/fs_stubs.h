/* What stands below fs/ in host tests besides stubs.h: pages, sleeping, time,
 * memory of a user, the serial port, the counters. There is one thread, so
 * what would sleep calls a hook that must bring about what is waited for. */
#ifndef HOST_FS_STUBS_H
#define HOST_FS_STUBS_H

#include "lib/base.h"
#include "mm/copy.h"

/* Start the kernel anew, as after a power cut: all memory is as at boot, all
 * file-system tables are set up, and nothing is mounted. Whoever sleeps is
 * served by the log's work. */
void host_boot(void);

/* Pages that are taken from the allocator now; and let the allocator have
 * room for only this many more. */
uint host_pages_taken(void);
void host_pages_limit(uint more);

/* Called when something would sleep, with no lock held. NULL: sleeping is an
 * error. It stays until the next host_boot. */
void host_on_sleep(void (*hook)(const void *channel));

/* Called with what is woken, until the next host_boot. */
void host_on_wakeup(void (*hook)(const void *channel));

/* Before the nth sleep lock of this name from now on is taken (1: the next),
 * hook does what another thread might do just then. 0: no hook any more. */
void host_before_lock(const char *name, uint nth, void (*hook)(void));

/* What killed() says, and what the clock says (milliseconds). */
void host_set_killed(bool killed);
uint64 host_clock(void);

/* Memory of the user: HOST_USER_BYTES from HOST_USER_VA on may be used, all
 * around it may not. */
#define HOST_USER_VA 0x10000UL
#define HOST_USER_BYTES 0x3000UL
char *host_user(void);
struct uio host_user_uio(uint64 offset);

/* What went out by the serial port since the last call of this. */
const char *host_serial_output(void);

/* How many lists procdump began since boot. */
int host_procdumps(void);

#endif
