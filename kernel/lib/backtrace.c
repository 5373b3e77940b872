/* Walking the frames of a kernel stack. */
#include "lib/backtrace.h"
#include "arch/image.h"
#include "arch/hart.h"
#include "lib/print.h"
#include "lib/symbols.h"

#define DEPTH_MAX 30

/* What stands just below the address in a frame pointer. */
struct frame_record {
  uint64 caller_fp;
  uint64 return_address;
};

/* Print address, which belongs to the function that holds inside. */
static void print_line(uint64 address, uint64 inside)
{
  uint64 offset;
  const char *name = symbol_find(inside, &offset);

  printk("  0x%016lx", address);
  if (name != NULL)
    printk(" %s+0x%lx", name, offset + (address - inside));
  printk("\n");
}

static bool in_text(uint64 address)
{
  return address >= (uint64)text_start && address < (uint64)text_end;
}

/* Whether a record below fp lies in the same block as the byte at inside. */
static bool in_block(uint64 fp, uint64 inside)
{
  uint64 record = fp - sizeof(struct frame_record);

  return fp % sizeof(uint64) == 0 && fp >= sizeof(struct frame_record) &&
         record / KSTACK_BLOCK == inside / KSTACK_BLOCK;
}

/* The outermost record has no caller. A call may be the last instruction of a
 * function, so the caller is looked up by the byte before its return. */
void backtrace_print(uint64 pc, uint64 fp, uint64 sp)
{
  print_line(pc, pc);
  for (int depth = 0; depth < DEPTH_MAX && in_block(fp, sp); depth++) {
    const struct frame_record *record = (struct frame_record *)fp - 1;
    uint64 caller_fp = record->caller_fp;

    if (caller_fp <= fp || !in_text(record->return_address))
      return;
    print_line(record->return_address, record->return_address - 1);
    fp = caller_fp;
  }
}
