/* The patterns of grep. A pattern is a row of elements; an element is a
 * character or . (any character), and followed by * it stands for any number
 * of them. ^ before the row ties it to the start of the text, $ behind it to
 * the end. Anywhere else these four are characters like others.
 *
 * The match runs all possible ways at once: bit i of a set of positions says
 * that some way through the text has matched elements 0 to i - 1. */
#ifndef USER_GREP_MATCH_H
#define USER_GREP_MATCH_H

#include "kernel/types.h"

/* As many as leave a bit of the set for "matched them all". */
#define ELEMENTS_MAX 63

struct pattern {
  int nelements;
  int at_start;       /* ^ */
  int at_end;         /* $ */
  uint64 starred;     /* bit i: element i has a star */
  uint64 accept[256]; /* bit i of accept[c]: element i matches c */
};

/* Translate the text of a pattern. 0, or -1: more than ELEMENTS_MAX. */
int pattern_compile(struct pattern *pattern, const char *source);

/* Whether text[0..nbytes-1] has a part that matches. */
int pattern_match(const struct pattern *pattern, const char *text,
                  uint64 nbytes);

#endif
