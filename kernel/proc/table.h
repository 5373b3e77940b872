/* The table of processes, their pids and the tree of parents. */
#ifndef PROC_TABLE_H
#define PROC_TABLE_H

#include "proc/proc.h"

extern struct proc proc_table[NPROC];

/* Process 1, which inherits the children of the dead. */
extern struct proc *init_proc;

/* Guards pids, the tree, exit statuses, and the steps of a process's state
 * from NEW and to ZOMBIE. */
extern struct spinlock tree_lock;

/* Take a free slot: a NEW process with a pid and a thread that will start in
 * body(process), but no address space, files or parent. May sleep for a slot
 * that is about to be free. NULL: no slot. */
struct proc *allocproc(void (*body)(void *process));

/* Its first address space was made: let it come into the kernel on its stack,
 * and read its pid. */
void proc_give_aspace(struct proc *proc);

/* Give a process's memory and its slot back. It has no parent, files or
 * directory any more, is NEW or a ZOMBIE, and is off every hart. */
void freeproc(struct proc *proc);

/* The process with this pid, a ZOMBIE and a NEW one too; NULL if there is
 * none. Under tree_lock. */
struct proc *proc_find(int pid);

/* Make child a child of parent, or no longer one. Under tree_lock. */
void tree_add(struct proc *parent, struct proc *child);
void tree_remove(struct proc *child);

#endif
