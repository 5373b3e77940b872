/* From tokens to stages, by recursive descent. The nodes come from an arena
 * that every line uses anew. */
#include "user/sh/parse.h"
#include "user/user.h"
#include "kernel/param.h"

/* The arena cannot run out. What costs most for its length is a stage with a
 * word of one letter: two bytes of the line, with the one that ends it. */
#define NODE_ALIGN sizeof(void *)
#define ARENA_PER_BYTE 32
_Static_assert(sizeof(struct stage) + sizeof(struct word) + NODE_ALIGN <=
                   2 * ARENA_PER_BYTE,
               "the arena holds any line");

static char arena[LINE_MAX * ARENA_PER_BYTE]
    __attribute__((aligned(sizeof(void *))));

struct parser {
  struct token token; /* the next one, not yet used */
  uint used;          /* bytes of the arena */
  int depth;          /* groups that are open */
  const char *error;  /* the first thing that was wrong; NULL: nothing */
};

static struct stage *parse_list(struct parser *parser);

/* A cleared node with nbytes of text behind it. */
static void *new_node(struct parser *parser, uint size, uint nbytes)
{
  void *node = arena + parser->used;

  size = (size + nbytes + NODE_ALIGN - 1) & ~(NODE_ALIGN - 1);
  parser->used += size;
  return memset(node, 0, size);
}

static void advance(struct parser *parser)
{
  parser->token = token_at(parser->token.text + parser->token.length);
}

/* Note what is wrong, and stop at once: nothing follows the end. */
static void fail(struct parser *parser, const char *error)
{
  if (parser->error == NULL)
    parser->error = error;
  parser->token.kind = TOKEN_END;
}

static void fail_at_token(struct parser *parser)
{
  static const char *const errors[] = {
      [TOKEN_END] = "syntax error at the end of the line",
      [TOKEN_WORD] = "syntax error near a word",
      [TOKEN_PIPE] = "syntax error near |",
      [TOKEN_SEMICOLON] = "syntax error near ;",
      [TOKEN_BACKGROUND] = "syntax error near &",
      [TOKEN_OPEN] = "syntax error near (",
      [TOKEN_CLOSE] = "syntax error near )",
      [TOKEN_INPUT] = "syntax error near <",
      [TOKEN_OUTPUT] = "syntax error near >",
      [TOKEN_APPEND] = "syntax error near >>",
  };

  fail(parser, errors[parser->token.kind]);
}

static int is_redirect(enum token_kind kind)
{
  return kind == TOKEN_INPUT || kind == TOKEN_OUTPUT || kind == TOKEN_APPEND;
}

static int begins_stage(enum token_kind kind)
{
  return kind == TOKEN_WORD || kind == TOKEN_OPEN || is_redirect(kind);
}

/* Use the token, a word: copy it to text. */
static void take_word(struct parser *parser, char *text)
{
  memcpy(text, parser->token.text, parser->token.length);
  advance(parser);
}

static struct word *parse_word(struct parser *parser)
{
  struct word *word = new_node(parser, sizeof(*word), parser->token.length + 1);

  take_word(parser, word->text);
  return word;
}

static struct redirect *parse_redirect(struct parser *parser)
{
  enum token_kind kind = parser->token.kind;

  advance(parser);
  if (parser->token.kind != TOKEN_WORD) {
    fail_at_token(parser);
    return NULL;
  }

  struct redirect *redirect =
      new_node(parser, sizeof(*redirect), parser->token.length + 1);
  redirect->kind = kind;
  take_word(parser, redirect->path);
  return redirect;
}

/* The list between parentheses, which it uses, too. */
static struct stage *parse_group(struct parser *parser)
{
  if (parser->depth == DEPTH_MAX) {
    fail(parser, "parentheses nested too deep");
    return NULL;
  }
  parser->depth++;
  advance(parser);

  struct stage *list = parse_list(parser);
  if (parser->token.kind == TOKEN_CLOSE)
    advance(parser);
  else
    fail_at_token(parser);
  parser->depth--;
  return list;
}

/* Words and redirections, in any order; no words behind a group. */
static void parse_words(struct parser *parser, struct stage *stage)
{
  struct word **word_link = &stage->words;
  struct redirect **redirect_link = &stage->redirects;
  int nwords = 0;

  for (;;) {
    if (is_redirect(parser->token.kind)) {
      *redirect_link = parse_redirect(parser);
      if (*redirect_link == NULL)
        return;
      redirect_link = &(*redirect_link)->next;
    } else if (parser->token.kind == TOKEN_WORD && stage->group == NULL) {
      if (++nwords == MAXARG) {
        fail(parser, "too many arguments");
        return;
      }
      *word_link = parse_word(parser);
      word_link = &(*word_link)->next;
    } else {
      return;
    }
  }
}

static struct stage *parse_stage(struct parser *parser)
{
  struct stage *stage = new_node(parser, sizeof(*stage), 0);

  if (!begins_stage(parser->token.kind))
    fail_at_token(parser);
  if (parser->token.kind == TOKEN_OPEN)
    stage->group = parse_group(parser);
  parse_words(parser, stage);
  return stage;
}

/* What follows a stage: the separator, which it uses, or nothing. */
static enum token_kind parse_separator(struct parser *parser)
{
  enum token_kind kind = parser->token.kind;

  if (kind != TOKEN_PIPE && kind != TOKEN_SEMICOLON && kind != TOKEN_BACKGROUND)
    return TOKEN_END;
  advance(parser);
  return kind;
}

/* Whether the list goes on after a stage. Nothing but | demands it. */
static int list_goes_on(const struct parser *parser, const struct stage *stage)
{
  return stage->follow == TOKEN_PIPE ||
         (stage->follow != TOKEN_END && begins_stage(parser->token.kind));
}

static struct stage *parse_list(struct parser *parser)
{
  struct stage *first = NULL;
  struct stage **link = &first;
  struct stage *stage;

  do {
    stage = parse_stage(parser);
    stage->follow = parse_separator(parser);
    *link = stage;
    link = &stage->next;
  } while (list_goes_on(parser, stage));
  return first;
}

const char *parse_line(const char *line, struct stage **list)
{
  struct parser parser = {token_at(line), 0, 0, NULL};

  *list = NULL;
  if (parser.token.kind == TOKEN_END)
    return NULL;
  *list = parse_list(&parser);
  if (parser.token.kind != TOKEN_END)
    fail_at_token(&parser);
  return parser.error;
}
