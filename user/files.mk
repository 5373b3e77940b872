# The library that every user program is linked with. Programs are found by
# name: user/NAME.c, or all of user/NAME/.
ULIB_OBJS += user/lib/start.o user/lib/usys.o user/lib/sbrk.o
ULIB_OBJS += user/lib/string.o user/lib/number.o
ULIB_OBJS += user/lib/file.o user/lib/fd_write_all.o user/lib/printf.o
ULIB_OBJS += user/lib/malloc.o user/lib/statistics.o user/lib/counters.o
ULIB_OBJS += user/lib/ugetpid.o

# These include what they test, under other names (user/lib/host_names.h).
HOST_TESTS += user/lib/string_test user/lib/printf_test user/lib/malloc_test
HOST_TESTS += user/lib/grep_test user/lib/sh_test
user/lib/string_test_SRCS := user/lib/string_test.c
user/lib/printf_test_SRCS := user/lib/printf_test.c
user/lib/malloc_test_SRCS := user/lib/malloc_test.c
user/lib/grep_test_SRCS := user/lib/grep_test.c
user/lib/sh_test_SRCS := user/lib/sh_test.c
