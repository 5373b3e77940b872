/* Making and running executables. */
#include "image.h"

enum {
  ELF_CLASS_64 = 2,
  ELF_LITTLE_ENDIAN = 1,
  ELF_VERSION = 1,
  ELF_EXECUTABLE = 2,
  ELF_RISCV = 243,
  ELF_LOAD = 1,
};

void image_begin(struct image *image, uint64 entry)
{
  static const uchar ident[16] = {
      0x7F, 'E', 'L', 'F', ELF_CLASS_64, ELF_LITTLE_ENDIAN, ELF_VERSION};

  memset(image, 0, sizeof(*image));
  image->header = (struct elf_header){
      .type = ELF_EXECUTABLE,
      .machine = ELF_RISCV,
      .version = ELF_VERSION,
      .entry = entry,
      .phoff = sizeof(struct elf_header),
      .ehsize = sizeof(struct elf_header),
      .phentsize = sizeof(struct program_header),
  };
  memmove(image->header.ident, ident, sizeof(ident));
}

void image_add(struct image *image, uint64 va, uint64 memsz, uint flags,
               const void *content, uint64 nbytes)
{
  int i = image->header.phnum++;

  MUST(i < IMAGE_SEGMENTS && nbytes <= BSIZE);
  image->segments[i] = (struct program_header){
      .type = ELF_LOAD,
      .flags = flags,
      .offset = (uint64)image->content[i] - (uint64)image,
      .vaddr = va,
      .filesz = nbytes,
      .memsz = memsz,
      .align = PGSIZE,
  };
  memmove(image->content[i], content, (int)nbytes);
}

static void exec_image(uint64 unused)
{
  char *argv[] = {"image", NULL};

  (void)unused;
  exec("image", argv);
  exit(NO_EXEC_STATUS);
}

int image_run(const struct image *image)
{
  int fd = must_open("image", O_CREATE | O_TRUNC | O_WRONLY);

  must_write(fd, image, sizeof(*image));
  must_close(fd);
  return status_of(exec_image, 0);
}

/* Code of the programs; t0 is where each begins. No compressed instructions,
 * so that offsets are what they look like. */
#define TEXT_OF(x) #x
#define VALUE_OF(macro) TEXT_OF(macro)
#define PROGRAM(name, code)                                                    \
  __asm__(".pushsection .rodata\n"                                             \
          ".option push\n"                                                     \
          ".option norvc\n"                                                    \
          ".balign 8\n"                                                        \
          ".globl " #name "\n" #name ":\n"                                     \
          "auipc t0, 0\n" code "li a7, 2 # exit\n"                             \
          "ecall\n"                                                            \
          ".org " #name " + 64\n"                                              \
          ".dword 0, 0, 0, 0\n"                                                \
          ".option pop\n"                                                      \
          ".popsection\n")

PROGRAM(program_call, "ld a0, 64(t0)\n"
                      "ld a1, 72(t0)\n"
                      "ld a2, 80(t0)\n"
                      "ld a7, 88(t0)\n"
                      "ecall\n"
                      "addi a0, a0, " VALUE_OF(CALL_BIAS) "\n");

PROGRAM(program_load, "li a0, 0\n"
                      "ld t1, 64(t0)\n"
                      "beqz t1, 1f\n"
                      "lbu a0, 0(t1)\n"
                      "1:\n");

PROGRAM(program_patch, "ld t1, 64(t0)\n"
                       "sw t1, 16(t0)\n"
                       "fence.i\n"
                       "li a0, " VALUE_OF(OLD_STATUS) "\n");
