/* The one list of tests, in the order in which they run: from it come the
 * prototypes and the runner's table. Scripts know these names, and that
 * copyin, copyout, copyinstr1 .. 3, truncate1 and sbrkmuch, kernmem follow
 * each other. SLOW ones are left out by usertests -q. */
#ifndef USERTESTS_LIST_H
#define USERTESTS_LIST_H

#define TEST_LIST(QUICK, SLOW)                                                 \
  QUICK(copyin)                                                                \
  QUICK(copyout)                                                               \
  QUICK(copyinstr1)                                                            \
  QUICK(copyinstr2)                                                            \
  QUICK(copyinstr3)                                                            \
  QUICK(truncate1)                                                             \
  QUICK(truncate2)                                                             \
  QUICK(truncate3)                                                             \
  QUICK(rwsbrk)                                                                \
  QUICK(openiput)                                                              \
  QUICK(exitiput)                                                              \
  QUICK(iput)                                                                  \
  QUICK(opentest)                                                              \
  QUICK(writetest)                                                             \
  QUICK(writebig)                                                              \
  QUICK(createtest)                                                            \
  QUICK(dirtest)                                                               \
  QUICK(exectest)                                                              \
  QUICK(pipe1)                                                                 \
  QUICK(killstatus)                                                            \
  QUICK(preempt)                                                               \
  QUICK(exitwait)                                                              \
  QUICK(reparent)                                                              \
  QUICK(reparent2)                                                             \
  QUICK(twochildren)                                                           \
  QUICK(forkfork)                                                              \
  QUICK(forkforkfork)                                                          \
  QUICK(mem)                                                                   \
  QUICK(sharedfd)                                                              \
  QUICK(fourfiles)                                                             \
  QUICK(createdelete)                                                          \
  QUICK(unlinkread)                                                            \
  QUICK(linktest)                                                              \
  QUICK(concreate)                                                             \
  QUICK(linkunlink)                                                            \
  QUICK(subdir)                                                                \
  QUICK(bigwrite)                                                              \
  QUICK(bigfile)                                                               \
  QUICK(fourteen)                                                              \
  QUICK(rmdot)                                                                 \
  QUICK(dirfile)                                                               \
  QUICK(iref)                                                                  \
  QUICK(forktest)                                                              \
  QUICK(sbrkbasic)                                                             \
  QUICK(sbrkmuch)                                                              \
  QUICK(kernmem)                                                               \
  QUICK(MAXVAplus)                                                             \
  QUICK(sbrkfail)                                                              \
  QUICK(sbrkarg)                                                               \
  QUICK(validatetest)                                                          \
  QUICK(bsstest)                                                               \
  QUICK(bigargtest)                                                            \
  QUICK(argptest)                                                              \
  QUICK(stacktest)                                                             \
  QUICK(nowrite)                                                               \
  QUICK(pgbug)                                                                 \
  QUICK(sbrkbugs)                                                              \
  QUICK(sbrklast)                                                              \
  QUICK(sbrk8000)                                                              \
  QUICK(badarg)                                                                \
  QUICK(lazy_alloc)                                                            \
  QUICK(lazy_unmap)                                                            \
  QUICK(lazy_copy)                                                             \
  QUICK(lazy_sbrk)                                                             \
  QUICK(badpointers)                                                           \
  QUICK(badnumbers)                                                            \
  QUICK(devices)                                                               \
  QUICK(alignments)                                                            \
  QUICK(strings)                                                               \
  QUICK(lastbyte)                                                              \
  QUICK(guardpage)                                                             \
  QUICK(holes)                                                                 \
  QUICK(stopgrow)                                                              \
  QUICK(stopcopies)                                                            \
  QUICK(stopstrings)                                                           \
  QUICK(textwrite)                                                             \
  QUICK(noexecute)                                                             \
  QUICK(nofloats)                                                              \
  QUICK(segments)                                                              \
  QUICK(badimages)                                                             \
  QUICK(usyscall)                                                              \
  QUICK(usyscallheap)                                                          \
  QUICK(forkshare)                                                             \
  QUICK(pages)                                                                 \
  QUICK(largecopies)                                                           \
  QUICK(largeaccess)                                                           \
  QUICK(largerace)                                                             \
  QUICK(largememory)                                                           \
  QUICK(busyneighbours)                                                        \
  QUICK(counters)                                                              \
  QUICK(window)                                                                \
  SLOW(bigdir)                                                                 \
  SLOW(manywrites)                                                             \
  SLOW(badwrite)                                                               \
  SLOW(execout)                                                                \
  SLOW(diskfull)                                                               \
  SLOW(outofinodes)

#define TEST_PROTOTYPE(name) void test_##name(void);
TEST_LIST(TEST_PROTOTYPE, TEST_PROTOTYPE)
#undef TEST_PROTOTYPE

#endif
