/* exec: build a new address space beside the old one, from the segments of an
 * ELF file and a stack with the arguments; then swap the two. Until the swap
 * nothing of the caller has changed, and from there on nothing fails. Read
 * elf.h and mm/aspace.h before. */
#include "proc/proc.h"
#include "fs/dir.h"
#include "fs/inode.h"
#include "kernel/memlayout.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/vmprint.h"
#include "proc/elf.h"
#include "sync/wait.h"

/* RISC-V ELF psABI 1.0, Integer Calling Convention. */
#define STACK_ALIGN 16

/* All of nbytes at offset, or -1: the file ends before. */
static int read_fully(struct inode *file, void *dst, uint offset, uint nbytes)
{
  int done = readi(file, uio_kernel(dst), offset, nbytes);
  return done >= 0 && (uint)done == nbytes ? 0 : -1;
}

/* Map the pages of a segment: zeros, but for what the file has. A page is
 * filled before it is mapped, since that needs the disk. 0, or -1: no memory,
 * or the file is too short. */
static int load_segment(struct aspace *as, struct inode *file,
                        const struct elf_segment *segment)
{
  /* Do not take all memory for a program that cannot have enough. */
  if (segment->memory_bytes / PGSIZE > pages_free())
    return -1;

  for (uint64 skip = 0; skip < segment->memory_bytes; skip += PGSIZE) {
    void *page = kalloc_zeroed();
    if (page == NULL)
      return -1;
    uint nbytes = 0;
    if (skip < segment->file_bytes)
      nbytes = min_u64(PGSIZE, segment->file_bytes - skip);
    if ((nbytes > 0 &&
         read_fully(file, page, segment->offset + skip, nbytes) < 0) ||
        aspace_map(as, segment->va + skip, page, elf_perm(segment)) < 0) {
      kfree(page);
      return -1;
    }
  }
  return 0;
}

/* Read the header and map the segments that are loaded. *image_end is the first
 * page after them. 0, or -1: the file is no executable that fits, memory is
 * out, or the caller was killed. */
static int load_image(struct aspace *as, struct inode *file,
                      struct elf_header *header, uint64 *image_end)
{
  if (read_fully(file, header, 0, sizeof(*header)) < 0 ||
      elf_check_header(header) < 0)
    return -1;

  for (int i = 0; i < header->nsegments; i++) {
    struct elf_segment segment;
    uint offset = header->segment_table + i * sizeof(segment);
    if (killed() || read_fully(file, &segment, offset, sizeof(segment)) < 0)
      return -1;
    if (elf_is_loaded(&segment) &&
        (elf_check_segment(&segment, image_end) < 0 ||
         load_segment(as, file, &segment) < 0))
      return -1;
  }
  return 0;
}

/* Put the arguments on the page that the top of the stack will be, va being
 * its address then: strings from the end down, below them argv, to which
 * *sp points. argc, or -1: too many, or they do not fit. */
static int put_arguments(char *page, uint64 va, char *const argv[], uint64 *sp)
{
  uint64 pointers[MAXARG];
  size_t room = PGSIZE;
  int argc = 0;

  for (; argv[argc] != NULL; argc++) {
    size_t nbytes = strlen(argv[argc]) + 1;
    if (argc == MAXARG - 1 || nbytes > room)
      return -1;
    room -= nbytes;
    memcpy(page + room, argv[argc], nbytes);
    pointers[argc] = va + room;
  }
  pointers[argc] = 0;

  size_t table_bytes = (argc + 1) * sizeof(pointers[0]);
  if (table_bytes > room)
    return -1;
  room = (room - table_bytes) / STACK_ALIGN * STACK_ALIGN;
  memcpy(page + room, pointers, table_bytes);
  *sp = va + room;
  return argc;
}

/* Map the stack above the guard page, which is a hole, with the arguments on
 * its last page; the heap begins after it. argc, or -1. */
static int build_stack(struct aspace *as, char *const argv[], uint64 guard,
                       uint64 *sp)
{
  uint64 stack = guard + PGSIZE, top = stack + USERSTACK * PGSIZE;
  int argc = 0;
  for (uint64 va = stack; va < top; va += PGSIZE) {
    void *page = kalloc_zeroed();
    if (page == NULL)
      return -1;
    if (va == top - PGSIZE)
      argc = put_arguments(page, va, argv, sp);
    if (argc < 0 || aspace_map(as, va, page, PTE_R | PTE_W) < 0) {
      kfree(page);
      return -1;
    }
  }
  return argc;
}

int exec(const char *path, char *const argv[])
{
  struct proc *self = myproc();
  struct aspace *old = self->aspace;
  struct aspace *new = &self->space[old == &self->space[0]];
  struct elf_header header;
  uint64 image_end = 0, sp = 0;

  /* The steps that may fail. Each leaves what it made in `new`. */
  if (aspace_create(new) < 0)
    return -1;
  struct inode *file = namei_locked(self->cwd, path, T_FILE);
  if (file == NULL)
    goto destroy_new;
  int loaded = load_image(new, file, &header, &image_end);
  iunlock(file);
  iput(file);
  if (loaded < 0)
    goto destroy_new;
  int argc = build_stack(new, argv, image_end, &sp);
  if (argc < 0)
    goto destroy_new;

  /* The commit. This hart's satp, the trapframe's words and self->aspace change
   * together: with interrupts on, a switch in between would leave one address
   * space and enter the other. The kernel runs on at the same addresses, as all
   * tables share its half. */
  irq_push();
  self->aspace = new;
  aspace_replace(old, new);
  irq_pop();
  aspace_destroy(old); /* no satp names its tables any more */

  new->frame->epc = header.entry;
  new->frame->sp = sp;
  new->frame->a1 = sp; /* argv; argc is the system call's result, in a0 */

  const char *name = path;
  for (const char *p = path; *p != '\0'; p++) {
    if (*p == '/')
      name = p + 1;
  }
  safestrcpy(self->name, name, sizeof(self->name));
  if (self->pid == 1)
    vmprint(new->pagetable);
  return argc;

destroy_new:
  aspace_destroy(new);
  return -1;
}
