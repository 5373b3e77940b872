/* exec(path, argv): everything comes into kernel memory first, because the
 * address space that it comes from goes. */
#include "sys/args.h"
#include "sys/sys.h"
#include "mm/copy.h"
#include "mm/page.h"
#include "proc/proc.h"

/* Fetch argv with its closing NULL, and the strings, packed into page: more
 * than a page would not fit the new stack either. 0, or -1: a bad address,
 * too many, or too long. */
static int fetch_arguments(uint64 argv_va, char *page, char *argv[MAXARG])
{
  size_t used = 0;

  for (int i = 0; i < MAXARG; i++) {
    uint64 string_va;
    if (copyin(myaspace(), &string_va, argv_va + i * sizeof(string_va),
               sizeof(string_va)) < 0)
      return -1;
    if (string_va == 0) {
      argv[i] = NULL;
      return 0;
    }
    argv[i] = page + used;
    int length = copyinstr(myaspace(), argv[i], string_va, PGSIZE - used);
    if (length < 0)
      return -1;
    used += length + 1;
  }
  return -1;
}

long sys_exec(void)
{
  char path[MAXPATH];
  char *argv[MAXARG];

  if (argstr(0, path) < 0)
    return -1;
  char *page = kalloc();
  if (page == NULL)
    return -1;

  int result = fetch_arguments(argaddr(1), page, argv);
  if (result == 0)
    result = exec(path, argv);
  kfree(page);
  return result;
}
