/* Jobs as processes. A foreground job is a child of the shell for each stage.
 * One in the background is started by a child that ends at once, and so is
 * left to init, which will wait for it: the shell has no zombies. */
#include "user/sh/run.h"
#include "user/user.h"
#include "kernel/fcntl.h"
#include "kernel/param.h"
#include "kernel/stat.h"

#define NO_FD -1

/* What run_list was told. */
static int script_fd;

static int run_jobs(struct stage *list);

static int shell_fork(void)
{
  int pid = fork();

  if (pid < 0)
    fprintf(2, "sh: fork failed\n");
  return pid;
}

static void close_if_open(int fd)
{
  if (fd != NO_FD)
    close(fd);
}

/* Make fd, if there is one, descriptor target, which is open, as are all
 * below it: so the copy takes its place. */
static void move_fd(int fd, int target)
{
  if (fd == NO_FD)
    return;
  close(target);
  dup(fd);
  close(fd);
}

/* cd [DIRECTORY], in the process that calls. The status. */
static int change_directory(const struct stage *stage)
{
  const struct word *directory = stage->words->next;
  const char *path = directory != NULL ? directory->text : "/";

  if (directory != NULL && directory->next != NULL) {
    fprintf(2, "usage: cd [DIRECTORY]\n");
    return 1;
  }
  if (chdir(path) < 0) {
    fprintf(2, "sh: cannot cd %s\n", path);
    return 1;
  }
  return 0;
}

static int is_cd(const struct stage *stage)
{
  return stage->words != NULL && strcmp(stage->words->text, "cd") == 0;
}

/* Files cannot be opened for appending: read to the end of it. A device has
 * none. 0, or -1. */
static int seek_end(int fd)
{
  static char skipped[1024];
  struct stat st;
  int got;

  if (fstat(fd, &st) < 0)
    return -1;
  if (st.type == T_DEVICE)
    return 0;
  while ((got = read(fd, skipped, sizeof(skipped))) > 0)
    ;
  return got;
}

static int open_redirect(const struct redirect *redirect)
{
  if (redirect->kind == TOKEN_INPUT)
    return open(redirect->path, O_RDONLY);
  if (redirect->kind == TOKEN_OUTPUT)
    return open(redirect->path, O_WRONLY | O_CREATE | O_TRUNC);

  int fd = open(redirect->path, O_RDWR | O_CREATE);
  if (fd >= 0 && seek_end(fd) < 0) {
    close(fd);
    return -1;
  }
  return fd;
}

/* Redirect this process as the stage says, or end it. */
static void apply_redirects(const struct redirect *redirect)
{
  for (; redirect != NULL; redirect = redirect->next) {
    int fd = open_redirect(redirect);
    if (fd < 0) {
      fprintf(2, "sh: cannot open %s\n", redirect->path);
      exit(1);
    }
    move_fd(fd, redirect->kind == TOKEN_INPUT ? 0 : 1);
  }
}

/* Become the program: of that path, or of that name in the root, where all
 * programs are. Comes back if that cannot be. */
static void exec_program(char **argv)
{
  static char in_root[MAXPATH];

  exec(argv[0], argv);
  if (strchr(argv[0], '/') != NULL || strlen(argv[0]) > MAXPATH - 2)
    return;
  in_root[0] = '/';
  strcpy(in_root + 1, argv[0]);
  exec(in_root, argv);
}

/* Be the command of a stage. A cd here changes only this process. */
static void __attribute__((noreturn)) become_command(struct stage *stage)
{
  static char *argv[MAXARG];
  int argc = 0;

  if (stage->words == NULL) /* nothing but redirections */
    exit(0);
  if (is_cd(stage))
    exit(change_directory(stage));
  for (struct word *word = stage->words; word != NULL; word = word->next)
    argv[argc++] = word->text;
  exec_program(argv);
  fprintf(2, "exec %s failed\n", argv[0]);
  exit(1);
}

/* Start a stage that reads from input and writes to output; the child has no
 * use for other, the pipe's other end. Its pid, or -1. */
static int start_stage(struct stage *stage, int input, int output, int other)
{
  int pid = shell_fork();
  if (pid != 0)
    return pid;

  close_if_open(script_fd);
  script_fd = NO_FD;
  close_if_open(other);
  move_fd(input, 0);
  move_fd(output, 1);
  apply_redirects(stage->redirects);
  if (stage->group != NULL)
    exit(run_jobs(stage->group));
  become_command(stage);
}

/* Start the stages of a job from this one on, each with its pid noted, or as
 * many of them as can be started. */
static void start_job(struct stage *stage)
{
  int input = NO_FD;

  for (int more = 1; more; stage = stage->next) {
    int fds[2] = {NO_FD, NO_FD};

    more = stage->follow == TOKEN_PIPE;
    if (more && pipe(fds) < 0) {
      fprintf(2, "sh: pipe failed\n");
      break;
    }
    stage->pid = start_stage(stage, input, fds[1], fds[0]);
    close_if_open(input);
    close_if_open(fds[1]);
    input = fds[0];
    if (stage->pid < 0)
      break;
  }
  close_if_open(input);
}

/* The last stage of a job. */
static struct stage *job_end(struct stage *stage)
{
  while (stage->follow == TOKEN_PIPE)
    stage = stage->next;
  return stage;
}

/* Take pid out of the job from first to end: whether it was there. */
static int remove_pid(struct stage *first, const struct stage *end, int pid)
{
  for (struct stage *stage = first; stage != end->next; stage = stage->next)
    if (stage->pid == pid) {
      stage->pid = 0;
      return 1;
    }
  return 0;
}

static int is_running(const struct stage *first, const struct stage *end)
{
  for (const struct stage *stage = first; stage != end->next;
       stage = stage->next)
    if (stage->pid > 0)
      return 1;
  return 0;
}

/* Wait for every process of a job. The status of its last stage; 1 if that
 * one was never started. */
static int wait_for_job(struct stage *first, struct stage *end)
{
  int last_pid = end->pid, result = 1;

  while (is_running(first, end)) {
    int status;
    int pid = wait(&status);
    if (pid < 0)
      break;
    if (remove_pid(first, end, pid) && pid == last_pid)
      result = status;
  }
  return result;
}

static int run_foreground(struct stage *first, struct stage *end)
{
  if (first == end && is_cd(first) && first->redirects == NULL)
    return change_directory(first);
  start_job(first);
  return wait_for_job(first, end);
}

static void run_background(struct stage *first, struct stage *end)
{
  int pid = shell_fork();

  if (pid == 0) {
    pid = shell_fork();
    exit(pid == 0 ? run_foreground(first, end) : pid < 0);
  }
  while (pid > 0 && wait(NULL) != pid)
    ;
}

static int run_jobs(struct stage *list)
{
  int status = 0;

  while (list != NULL) {
    struct stage *end = job_end(list);

    if (end->follow == TOKEN_BACKGROUND)
      run_background(list, end);
    else
      status = run_foreground(list, end);
    list = end->next;
  }
  return status;
}

int run_list(struct stage *list, int script)
{
  script_fd = script;
  return run_jobs(list);
}
