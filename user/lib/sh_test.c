/* The shell's parser, on the host: a line is parsed, and what it means is
 * written down again in full. */
#include "tests/host/check.h"
#include "user/lib/host_names.h"
#include "user/lib/string.c"
#include "user/sh/token.c"
#include "user/sh/parse.c"

#define ROOM (64 * 1024)
#define NLINES 20000

static char meaning[ROOM];
static int length;

static void put(const char *text)
{
  strcpy(meaning + length, text);
  length += (int)strlen(text);
}

/* Every stage in brackets, with what follows it. */
static void put_list(const struct stage *stage)
{
  static const char *const follow[] = {[TOKEN_END] = "",
                                       [TOKEN_PIPE] = "|",
                                       [TOKEN_SEMICOLON] = ";",
                                       [TOKEN_BACKGROUND] = "&"};

  for (; stage != NULL; stage = stage->next) {
    put("[");
    if (stage->group != NULL)
      put_list(stage->group);
    for (const struct word *word = stage->words; word; word = word->next) {
      put(word == stage->words ? "" : " ");
      put(word->text);
    }
    for (const struct redirect *r = stage->redirects; r; r = r->next) {
      put(r->kind == TOKEN_INPUT ? "<" : r->kind == TOKEN_OUTPUT ? ">" : ">>");
      put(r->path);
    }
    put("]");
    put(follow[stage->follow]);
  }
}

/* Whether the line means that; for a line in error, its message. */
static int means(const char *line, const char *expected)
{
  struct stage *list;
  const char *error = parse_line(line, &list);

  length = 0;
  meaning[0] = '\0';
  if (error != NULL)
    put(error);
  else
    put_list(list);
  if (strcmp(meaning, expected) == 0)
    return 1;
  printf("  %s: means %s\n", line, meaning);
  return 0;
}

static void commands(void)
{
  CHECK(means("", ""));
  CHECK(means(" \t # remark ; ( |", ""));
  CHECK(means("echo hello  world", "[echo hello world]"));
  CHECK(means("echo a#b #c", "[echo a#b]"));
  CHECK(means("a;b&c", "[a];[b]&[c]"));
  CHECK(means("a ; b & ", "[a];[b]&"));
  CHECK(means("a|b |c;d", "[a]|[b]|[c];[d]"));
  CHECK(means("a | b & c", "[a]|[b]&[c]"));
}

static void redirects(void)
{
  CHECK(means("a<b>c>>d", "[a<b>c>>d]"));
  CHECK(means("a >b x >c y", "[a x y>b>c]"));
  CHECK(means("> f", "[>f]"));
  CHECK(means("a>>>b", "syntax error near >"));
  CHECK(means("a >", "syntax error at the end of the line"));
  CHECK(means("a < ; b", "syntax error near ;"));
}

static void groups(void)
{
  CHECK(means("(a)", "[[a]]"));
  CHECK(means("(a;b)|c", "[[a];[b]]|[c]"));
  CHECK(means("((a&)>f ; b) < g", "[[[a]&>f];[b]<g]"));
  CHECK(means("((((((((a))))))))", "[[[[[[[[[a]]]]]]]]]"));
  CHECK(means("(((((((((a)))))))))", "parentheses nested too deep"));
  CHECK(means("(a", "syntax error at the end of the line"));
  CHECK(means("a)", "syntax error near )"));
  CHECK(means("()", "syntax error near )"));
  CHECK(means("(a) b", "syntax error near a word"));
  CHECK(means("a (b)", "syntax error near ("));
}

static void separators(void)
{
  CHECK(means(";", "syntax error near ;"));
  CHECK(means("a;;b", "syntax error near ;"));
  CHECK(means("& a", "syntax error near &"));
  CHECK(means("a |", "syntax error at the end of the line"));
  CHECK(means("| a", "syntax error near |"));
  CHECK(means("a | | b", "syntax error near |"));
  CHECK(means("(a;b|)", "syntax error near )"));
}

static void arguments_are_counted(void)
{
  char line[2 * MAXARG + 1];
  struct stage *list;

  for (int i = 0; i < MAXARG; i++) {
    line[2 * i] = 'a';
    line[2 * i + 1] = ' ';
  }
  line[2 * MAXARG] = '\0';
  CHECK(means(line, "too many arguments"));
  line[2 * (MAXARG - 1)] = '\0';
  CHECK(parse_line(line, &list) == NULL);
}

/* The lines that cost the most nodes, and many of any kind: the sanitizer
 * watches the arena. */
static void arena_holds_any_line(void)
{
  static const char alphabet[] = "aa;;||&()<>> #";
  static const char *const costly[] = {"a;", "a|",  "(a)|",    "(",
                                       "a ", ">a ", "(((a)));"};
  char line[LINE_MAX];
  struct stage *list;
  uint64 state = 1;

  line[LINE_MAX - 1] = '\0';
  for (uint i = 0; i < sizeof(costly) / sizeof(costly[0]); i++) {
    for (int j = 0; j < LINE_MAX - 1; j++)
      line[j] = costly[i][(uint)j % strlen(costly[i])];
    parse_line(line, &list);
  }
  for (int i = 0; i < NLINES; i++) {
    for (int j = 0; j < LINE_MAX - 1; j++) {
      state = state * 6364136223846793005ul + 1442695040888963407ul;
      line[j] = alphabet[(state >> 33) % (sizeof(alphabet) - 1)];
    }
    parse_line(line, &list);
  }
  CHECK(means("a", "[a]"));
}

int main(void)
{
  RUN(commands);
  RUN(redirects);
  RUN(groups);
  RUN(separators);
  RUN(arguments_are_counted);
  RUN(arena_holds_any_line);
  return check_result();
}
