/* Major number STATS: reading it gives the counters of copies, the copy mode
 * and the numbers of pages, as text under 4,096 bytes; a read after the end
 * gives -1 and rewinds. Writing "walk" or "direct" sets the mode; writing
 * "measure" measures what the writer's private table costs, for the last two
 * lines. */
#ifndef FS_STATS_H
#define FS_STATS_H

/* Register the device. Once, at boot. */
void stats_init(void);

#endif
