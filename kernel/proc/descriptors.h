/* All open files of a process at once; proc.h has the single ones. */
#ifndef PROC_DESCRIPTORS_H
#define PROC_DESCRIPTORS_H

#include "proc/proc.h"

/* Let child, which has none, have the same open files as parent, the caller. */
void descriptors_share(struct proc *child, struct proc *parent);

/* Close them all. The caller is self. */
void descriptors_close(struct proc *self);

#endif
