/* Patterns as sets of positions. */
#include "user/grep/match.h"
#include "user/user.h"

#define BIT(i) (1ul << (i))

/* Let element i match c, or any character if c is a dot. */
static void accept_char(struct pattern *pattern, int i, char c)
{
  if (c != '.') {
    pattern->accept[(uchar)c] |= BIT(i);
    return;
  }
  for (int any = 0; any < 256; any++)
    pattern->accept[any] |= BIT(i);
}

int pattern_compile(struct pattern *pattern, const char *source)
{
  memset(pattern, 0, sizeof(*pattern));
  if (*source == '^') {
    pattern->at_start = 1;
    source++;
  }

  for (; *source != '\0'; source++) {
    int i = pattern->nelements;

    if (source[0] == '$' && source[1] == '\0') {
      pattern->at_end = 1;
      break;
    }
    if (i == ELEMENTS_MAX)
      return -1;
    pattern->nelements++;
    accept_char(pattern, i, *source);
    if (source[1] == '*') {
      pattern->starred |= BIT(i);
      source++;
    }
  }
  return 0;
}

/* Whoever stands before a starred element may pass it without a character,
 * and the starred ones behind it, too. */
static uint64 skip_stars(const struct pattern *pattern, uint64 positions)
{
  uint64 standing = positions & pattern->starred;

  while (standing != 0) {
    standing <<= 1;
    positions |= standing;
    standing &= pattern->starred;
  }
  return positions;
}

int pattern_match(const struct pattern *pattern, const char *text,
                  uint64 nbytes)
{
  uint64 start = skip_stars(pattern, BIT(0));
  uint64 done = BIT(pattern->nelements);
  uint64 positions = start;

  for (uint64 i = 0; i < nbytes; i++) {
    if ((positions & done) != 0 && !pattern->at_end)
      return 1;
    uint64 accepted = positions & pattern->accept[(uchar)text[i]];
    uint64 staying = accepted & pattern->starred;
    positions = skip_stars(pattern, staying | (accepted ^ staying) << 1);
    if (!pattern->at_start)
      positions |= start;
  }
  return (positions & done) != 0;
}
