KERNEL_OBJS += kernel/fs/bio.o kernel/fs/log.o kernel/fs/super.o
KERNEL_OBJS += kernel/fs/inode.o
KERNEL_OBJS += kernel/fs/namecache.o kernel/fs/dir.o kernel/fs/file.o kernel/fs/pipe.o
KERNEL_OBJS += kernel/fs/console.o kernel/fs/counters.o

# All of the layer runs on the host, over a disk in memory that mkfs made.
FS_HOST_SRCS := $(patsubst %.o,%.c,$(filter kernel/fs/%,$(KERNEL_OBJS))) \
  kernel/sync/lock_class.c kernel/sync/lock_order.c conf/debug.c mkfs/image.c $(CHECK_OBJS:.o=.c) tests/host/stubs.c tests/host/fs_stubs.c tests/host/disk.c \
  tests/host/fs_help.c tests/host/fsck.c
HOST_TESTS += kernel/fs/fs_test kernel/fs/log_test kernel/fs/crash_test
HOST_TESTS += kernel/fs/bio_test kernel/fs/inode_test
HOST_TESTS += kernel/fs/file_test kernel/fs/damage_test kernel/fs/stream_test
kernel/fs/bio_test_SRCS := kernel/fs/bio_test.c $(FS_HOST_SRCS)
kernel/fs/fs_test_SRCS := kernel/fs/fs_test.c $(FS_HOST_SRCS)
kernel/fs/inode_test_SRCS := kernel/fs/inode_test.c $(FS_HOST_SRCS)
kernel/fs/file_test_SRCS := kernel/fs/file_test.c $(FS_HOST_SRCS)
kernel/fs/log_test_SRCS := kernel/fs/log_test.c \
  tests/host/threads.c $(FS_HOST_SRCS)
kernel/fs/crash_test_SRCS := kernel/fs/crash_test.c $(FS_HOST_SRCS)
kernel/fs/damage_test_SRCS := kernel/fs/damage_test.c \
  tests/host/damage.c tests/host/threads.c $(FS_HOST_SRCS)
kernel/fs/stream_test_SRCS := kernel/fs/stream_test.c $(FS_HOST_SRCS)

HOST_TOOLS += tests/host/recover
tests/host/recover_SRCS := tests/host/recover.c $(FS_HOST_SRCS)
