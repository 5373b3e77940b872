/* Where the parts of the kernel's image are: symbols of the linker script.
 * All but kernel_end are page aligned; kernel_end is the first page after. */
#ifndef ARCH_IMAGE_H
#define ARCH_IMAGE_H

extern char kernel_start[], kernel_end[];
extern char text_start[], text_end[];     /* R-X */
extern char rodata_start[], rodata_end[]; /* R-- */
extern char trampoline[];                 /* one page of text */

#endif
