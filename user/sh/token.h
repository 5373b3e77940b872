/* A command line, cut into tokens: operators, and words of anything else.
 * A # where a token could begin makes the rest of the line a remark. */
#ifndef USER_SH_TOKEN_H
#define USER_SH_TOKEN_H

enum token_kind {
  TOKEN_END,
  TOKEN_WORD,
  TOKEN_PIPE,       /* | */
  TOKEN_SEMICOLON,  /* ; */
  TOKEN_BACKGROUND, /* & */
  TOKEN_OPEN,       /* ( */
  TOKEN_CLOSE,      /* ) */
  TOKEN_INPUT,      /* < */
  TOKEN_OUTPUT,     /* > */
  TOKEN_APPEND,     /* >> */
};

struct token {
  enum token_kind kind;
  const char *text; /* where it begins in the line */
  int length;       /* bytes */
};

/* The token that begins at text, or after the blanks there. */
struct token token_at(const char *text);

#endif
