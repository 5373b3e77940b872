/* What programs of all years rely on. */
#include "abi.h"

#define SEEN_STATUS 42

void look_at_arguments(const char *path, int argc, char **argv)
{
  dword stack = (dword)__builtin_frame_address(0) / PAGE;

  if (argc == 1)
    return;
  REQUIRE(argc == 4 && argv[4] == 0);
  REQUIRE(same(argv[0], path) && same(argv[1], "one"));
  REQUIRE(same(argv[2], "two words") && same(argv[3], ""));
  REQUIRE((dword)argv / PAGE == stack && (dword)argv[3] / PAGE == stack);
  exit(SEEN_STATUS);
}

static void exec_itself(char *path)
{
  char *argv[] = {path, "one", "two words", "", 0};

  exec(path, argv);
}

/* Arguments must fit on the one stack page. If they do not, the caller goes
 * on, though all of the program was loaded already. */
static int exec_with_too_much(const char *path)
{
  static char half[PAGE / 2 + 1];

  for (int i = 0; i < PAGE / 2; i++)
    half[i] = 'x';
  return exec(path, (char *[]){half, half, 0});
}

static void check_arguments(const char *path)
{
  REQUIRE(child_status(exec_itself, (char *)path) == SEEN_STATUS);
  REQUIRE(exec_with_too_much(path) == -1);
  REQUIRE(exec("no such program", (char *[]){"x", 0}) == -1);
  passed("arguments");
}

static void wait_to_be_killed(char *unused)
{
  (void)unused;
  for (;;)
    sleep(1);
}

static void load(char *va)
{
  (void)*(volatile char *)va;
}

static void check_processes(void)
{
  int status, pid = fork();

  if (pid == 0)
    wait_to_be_killed(0);
  REQUIRE(kill(pid) == 0);
  REQUIRE(wait((int *)(ADDRESS_LIMIT - 8)) == -1);
  REQUIRE(wait(&status) == pid && status == -1);
  REQUIRE(wait(0) == -1);
  REQUIRE(child_status(load, (char *)0x80000000UL) == -1);
  REQUIRE(no_such_call() == -1);
  passed("processes");
}

/* Of nlink and size, 0 stands for any. */
static void check_status(int fd, int type, int nlink, dword size)
{
  struct status status;

  REQUIRE(fstat(fd, &status) == 0);
  REQUIRE(status.type == type);
  REQUIRE(nlink == 0 || status.nlink == nlink);
  REQUIRE(size == 0 || status.size == size);
}

static void check_files(void)
{
  char text[8];
  int fd = open("abi.file", CREATE | READ_WRITE | TRUNCATE);

  REQUIRE(fd == 3 && dup(fd) == 4 && close(4) == 0);
  REQUIRE(write(fd, "content", 7) == 7);
  REQUIRE(link("abi.file", "abi.link") == 0);
  check_status(fd, PLAIN_FILE, 2, 7);
  REQUIRE(close(fd) == 0 && unlink("abi.file") == 0);
  REQUIRE(open("abi.file", READ_ONLY) == -1);

  fd = open("abi.link", READ_ONLY);
  REQUIRE(read(fd, text, sizeof(text)) == 7 && text[6] == 't');
  REQUIRE(read(fd, text, sizeof(text)) == 0);
  REQUIRE(write(fd, text, 1) == -1);
  REQUIRE(close(fd) == 0 && unlink("abi.link") == 0);
  passed("files");
}

static void check_directories(void)
{
  int fd;

  REQUIRE(mkdir("abi.directory") == 0);
  REQUIRE(chdir("abi.directory") == 0);
  REQUIRE(mkdir("12345678901234") == 0);
  REQUIRE(mkdir("123456789012345") == -1);
  REQUIRE(open(".", READ_WRITE) == -1);
  fd = open("..", READ_ONLY);
  check_status(fd, DIRECTORY, 0, 0);
  REQUIRE(close(fd) == 0);
  REQUIRE(unlink("../abi.directory") == -1);
  REQUIRE(unlink("12345678901234") == 0);
  REQUIRE(chdir("..") == 0 && unlink("abi.directory") == 0);
  passed("directories");
}

static void check_devices(void)
{
  check_status(1, DEVICE, 1, 0);
  REQUIRE(mknod("abi.device", 1, 0) == 0);
  REQUIRE(unlink("abi.device") == 0);
  passed("devices");
}

static void check_pipes(void)
{
  int ends[2], status, pid;
  byte text[600];

  REQUIRE(pipe(ends) == 0);
  pid = fork();
  if (pid == 0) {
    for (int i = 0; i < (int)sizeof(text); i++)
      text[i] = (byte)i;
    exit(write(ends[1], text, sizeof(text)) == sizeof(text) ? 0 : 1);
  }
  REQUIRE(close(ends[1]) == 0);
  for (int i = 0; i < (int)sizeof(text); i++)
    REQUIRE(read(ends[0], text, 1) == 1 && text[0] == (byte)i);
  REQUIRE(read(ends[0], text, 1) == 0);
  REQUIRE(wait(&status) == pid && status == 0);
  REQUIRE(close(ends[0]) == 0);
  passed("pipes");
}

static void check_heap(void)
{
  char *start = sbrk(3 * PAGE, 1);

  REQUIRE(start != (char *)-1 && sbrk(0, 1) == start + 3 * PAGE);
  for (int i = 0; i < 3 * PAGE; i++) {
    REQUIRE(start[i] == 0);
    start[i] = 1;
  }
  REQUIRE(sbrk(-3 * PAGE, 1) == start + 3 * PAGE && sbrk(0, 1) == start);
  REQUIRE(sbrk(-0x7FFFFFFF, 1) == start && sbrk(0, 1) == start);
  REQUIRE(child_status(load, start + 2 * PAGE) == -1);
  passed("heap");
}

static void check_time(void)
{
  int before = uptime();

  REQUIRE(sleep(2) == 0);
  REQUIRE(uptime() - before >= 2);
  passed("time");
}

static void check_tables(void)
{
  char *pages = sbrk(4 * PAGE, 1);
  word mask = 0;

  pages = (char *)(((dword)pages + PAGE - 1) & -(dword)PAGE);
  REQUIRE(pgaccess(pages, 3, &mask) == 0);
  pages[PAGE] = 1;
  REQUIRE(pgaccess(pages, 3, &mask) == 0 && mask == 1 << 1);
  REQUIRE((pgpte(pages) & 0x17) == 0x17); /* V, R, W, U */
  REQUIRE(*(int *)SHARED_PAGE == getpid());
  REQUIRE(sbrk(-4 * PAGE, 1) != (char *)-1);
  passed("tables");
}

void check_common(const char *path)
{
  check_arguments(path);
  check_processes();
  check_files();
  check_directories();
  check_devices();
  check_pipes();
  check_heap();
  check_time();
  check_tables();
}
