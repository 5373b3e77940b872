/* What a command line means, and how to find out:
 *
 *   list:    stage { separator stage } [ ; | & ]     separator:  |  ;  &
 *   stage:   ( list ) { redirect }
 *            { word | redirect }                     at least one of them
 *   redirect:  < word    > word    >> word
 *
 * A list is a chain of stages, each of which knows what follows it: stages
 * joined by | are one job, whose last stage says whether to wait for it. */
#ifndef USER_SH_PARSE_H
#define USER_SH_PARSE_H

#include "user/sh/token.h"

/* Bytes of a line, the NUL included. */
#define LINE_MAX 512

/* Groups in groups. The stack is one page, and both parser and executor go
 * deeper into it by group. */
#define DEPTH_MAX 8

struct word {
  struct word *next;
  char text[];
};

struct redirect {
  struct redirect *next;
  enum token_kind kind; /* TOKEN_INPUT, TOKEN_OUTPUT or TOKEN_APPEND */
  char path[];
};

struct stage {
  struct stage *next;         /* in the list; NULL: the last one */
  struct stage *group;        /* what ( ) holds; NULL: a command */
  struct word *words;         /* of a command, at most MAXARG - 1 */
  struct redirect *redirects; /* in the order of the line */
  enum token_kind follow;     /* TOKEN_PIPE, TOKEN_SEMICOLON,
                               * TOKEN_BACKGROUND; TOKEN_END: nothing */
  int pid;                    /* the executor's; 0: not started */
};

/* Parse a line shorter than LINE_MAX. NULL, with *list its stages (NULL if
 * the line is blank); or what is wrong with it, as an English phrase. The
 * list holds until the next call. */
const char *parse_line(const char *line, struct stage **list);

#endif
