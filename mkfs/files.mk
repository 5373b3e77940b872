MKFS_OBJS += mkfs/mkfs.o mkfs/image.o mkfs/disk.o

CHECK_OBJS := mkfs/check.o mkfs/check_inodes.o mkfs/check_names.o
CHECK_OBJS += mkfs/check_lost.o mkfs/layout.o mkfs/disk.o
FSCK_OBJS += mkfs/fsck.o mkfs/mapping.o $(CHECK_OBJS)

HOST_TESTS += mkfs/check_test
mkfs/check_test_SRCS = mkfs/check_test.c tests/host/damage.c $(FS_HOST_SRCS)
