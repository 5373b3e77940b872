/* From characters to tokens. */
#include "user/sh/token.h"
#include "user/user.h"

static const char blanks[] = " \t\r\n\v\f";

/* The operators of one character, in the order of their kinds. */
static const char operators[] = "|;&()<>";

static enum token_kind operator_kind(const char *found)
{
  return (enum token_kind)(TOKEN_PIPE + (found - operators));
}

static int ends_word(char c)
{
  return strchr(blanks, c) != NULL || strchr(operators, c) != NULL;
}

struct token token_at(const char *text)
{
  while (*text != '\0' && strchr(blanks, *text) != NULL)
    text++;

  struct token token = {TOKEN_WORD, text, 0};
  if (*text == '\0' || *text == '#') {
    token.kind = TOKEN_END;
    return token;
  }

  const char *found = strchr(operators, *text);
  if (found != NULL) {
    token.kind = operator_kind(found);
    token.length = 1;
    if (token.kind == TOKEN_OUTPUT && text[1] == '>') {
      token.kind = TOKEN_APPEND;
      token.length = 2;
    }
    return token;
  }

  while (!ends_word(text[token.length]))
    token.length++;
  return token;
}
