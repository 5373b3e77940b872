# The firmware is in objects of its own: a kernel that another firmware boots
# is linked without them.
FIRMWARE_OBJS += kernel/sbi/isa.o kernel/sbi/mentry.o kernel/sbi/firmware.o
