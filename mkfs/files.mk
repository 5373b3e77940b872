MKFS_OBJS += mkfs/mkfs.o mkfs/image.o
