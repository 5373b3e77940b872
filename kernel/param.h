/* The limits of the system. USERSTACK, MAXPATH and MAXARG are exact, because
 * programs test them; the others are lower bounds. */
#ifndef KERNEL_PARAM_H
#define KERNEL_PARAM_H

#define NPROC 64          /* processes at one time; more need a larger NBUF */
#define NCPU 8            /* harts */
#define NOFILE 16         /* open files of one process */
#define NFILE 100         /* open files of all processes */
#define NINODE 50         /* inodes in memory */
#define NDEV 10           /* device major numbers: 0 to NDEV - 1 */
#define ROOTDEV 1         /* device that holds the root directory */
#define MAXARG 32         /* exec arguments, the closing null included */
#define MAXOPBLOCKS 10    /* blocks that one file-system call may log */
#define LOGBLOCKS 30      /* block numbers in a log header */
#define LOGSIZE LOGBLOCKS /* its name until 2024 */
#define FSSIZE 2000       /* blocks in an image, unless mkfs is told */
#define MAXPATH 128       /* bytes of a path, the NUL included */
#define USERSTACK 1       /* pages of user stack */

#endif
