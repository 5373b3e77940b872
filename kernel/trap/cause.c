/* Names of causes: RISC-V Privileged 1.12, Supervisor Cause Register. */
#include "trap/trap.h"
#include "arch/csr.h"

static const char *const exception_names[] = {
    [CAUSE_MISALIGNED_FETCH] = "misaligned jump",
    [CAUSE_FETCH_ACCESS] = "fetch access fault",
    [CAUSE_ILLEGAL] = "illegal instruction",
    [CAUSE_BREAKPOINT] = "breakpoint",
    [CAUSE_MISALIGNED_LOAD] = "misaligned load",
    [CAUSE_LOAD_ACCESS] = "load access fault",
    [CAUSE_MISALIGNED_STORE] = "misaligned store",
    [CAUSE_STORE_ACCESS] = "store access fault",
    [CAUSE_ECALL_U] = "system call",
    [CAUSE_FETCH_PAGE_FAULT] = "fetch page fault",
    [CAUSE_LOAD_PAGE_FAULT] = "load page fault",
    [CAUSE_STORE_PAGE_FAULT] = "store page fault",
};

const char *trap_cause_name(uint64 scause)
{
  if (scause & CAUSE_INTERRUPT)
    return "interrupt";
  if (scause < ARRAY_LEN(exception_names) && exception_names[scause] != NULL)
    return exception_names[scause];
  return "unknown exception";
}
