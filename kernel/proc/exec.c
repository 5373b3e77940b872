/* exec: put a new address space together beside the old one; only when it is
 * complete, swap the two. Until then nothing of the caller has changed. */
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

/* What is known of the new program beyond its memory. */
struct program {
  uint64 entry;
  uint64 image_end; /* page aligned: the guard comes next */
  uint64 sp;        /* where its argv is */
};

/* All of nbytes at offset, or -1: the file ends before. */
static int read_fully(struct inode *file, void *dst, uint offset, uint nbytes)
{
  int done = readi(file, uio_kernel(dst), offset, nbytes);
  return done >= 0 && (uint)done == nbytes ? 0 : -1;
}

/* Make the page of the segment at its byte skip: zeros, but for what the file
 * has for it. NULL: no memory, or the file is too short. */
static void *make_page(struct inode *file, const struct elf_segment *segment,
                       uint64 skip)
{
  void *page = kalloc_zeroed();
  if (page == NULL || skip >= segment->file_bytes)
    return page;

  uint nbytes = min_u64(PGSIZE, segment->file_bytes - skip);
  if (read_fully(file, page, segment->offset + skip, nbytes) < 0) {
    kfree(page);
    return NULL;
  }
  return page;
}

/* Give a finished page to as. 0, or -1 out of memory, and it is freed. */
static int give_page(struct aspace *as, uint64 va, void *page, uint64 perm)
{
  if (aspace_map(as, va, page, perm) == 0)
    return 0;
  kfree(page);
  return -1;
}

static int load_segment(struct aspace *as, struct inode *file,
                        const struct elf_segment *segment)
{
  /* Do not take all memory for a program that cannot have enough. */
  if (segment->memory_bytes / PGSIZE > pages_free())
    return -1;

  for (uint64 skip = 0; skip < segment->memory_bytes; skip += PGSIZE) {
    void *page = make_page(file, segment, skip);
    if (page == NULL)
      return -1;
    if (give_page(as, segment->va + skip, page, elf_perm(segment)) < 0)
      return -1;
  }
  return 0;
}

static int load_image(struct aspace *as, struct inode *file,
                      struct program *program)
{
  struct elf_header header;
  struct elf_segment segment;

  if (read_fully(file, &header, 0, sizeof(header)) < 0 ||
      elf_check_header(&header) < 0)
    return -1;

  program->entry = header.entry;
  program->image_end = 0;
  for (int i = 0; i < header.nsegments; i++) {
    uint offset = elf_segment_offset(&header, i);
    if (killed() || read_fully(file, &segment, offset, sizeof(segment)) < 0)
      return -1;
    if (!elf_is_loaded(&segment))
      continue;
    if (elf_check_segment(&segment, &program->image_end) < 0 ||
        load_segment(as, file, &segment) < 0)
      return -1;
  }
  return 0;
}

static int load_file(struct aspace *as, const char *path,
                     struct program *program)
{
  struct inode *file = namei_locked(myproc()->cwd, path, T_FILE);
  if (file == NULL)
    return -1;
  int result = load_image(as, file, program);
  iunlockput(file);
  return result;
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

/* The stack above a guard page, which is a hole, with the arguments on its
 * last page; the heap begins after it. argc, or -1. */
static int build_stack(struct aspace *as, char *const argv[],
                       struct program *program)
{
  uint64 stack = program->image_end + PGSIZE;
  uint64 top = stack + USERSTACK * PGSIZE;
  int argc = 0;

  for (uint64 va = stack; va < top; va += PGSIZE) {
    void *page = kalloc_zeroed();
    if (page == NULL)
      return -1;
    if (va == top - PGSIZE)
      argc = put_arguments(page, va, argv, &program->sp);
    if (give_page(as, va, page, PTE_R | PTE_W) < 0 || argc < 0)
      return -1;
  }
  aspace_set_heap(as, top);
  return argc;
}

/* From here on the process is the new program. */
static void commit(struct proc *self, struct aspace *new,
                   const struct program *program)
{
  struct aspace *old = self->aspace;

  irq_push();
  self->aspace = new;
  aspace_replace(old, new);
  irq_pop();
  aspace_destroy(old);

  new->frame->epc = program->entry;
  new->frame->sp = program->sp;
  new->frame->a1 = program->sp;
}

static void take_name(struct proc *self, const char *path)
{
  const char *name = path;

  for (const char *p = path; *p != '\0'; p++) {
    if (*p == '/')
      name = p + 1;
  }
  safestrcpy(self->name, name, sizeof(self->name));
}

int exec(const char *path, char *const argv[])
{
  struct proc *self = myproc();
  struct aspace *as = &self->space[self->aspace == &self->space[0]];
  struct program program;

  if (aspace_create(as) < 0)
    return -1;

  int argc = -1;
  if (load_file(as, path, &program) < 0 ||
      (argc = build_stack(as, argv, &program)) < 0) {
    aspace_destroy(as);
    return -1;
  }

  commit(self, as, &program);
  take_name(self, path);
  if (self->pid == 1)
    vmprint(as->pagetable);
  return argc;
}
