/* The patterns of grep, on the host. */
#include "tests/host/check.h"
#include "user/lib/host_names.h"
#include "user/lib/string.c"
#include "user/grep/match.c"

static int matches(const char *source, const char *text)
{
  static struct pattern pattern;

  if (pattern_compile(&pattern, source) < 0)
    return -1;
  return pattern_match(&pattern, text, strlen(text));
}

static void plain_text(void)
{
  CHECK_EQ(matches("needle", "a needle here"), 1);
  CHECK_EQ(matches("needle", "need"), 0);
  CHECK_EQ(matches("aab", "aaab"), 1);
  CHECK_EQ(matches("", "anything"), 1);
  CHECK_EQ(matches("", ""), 1);
  CHECK_EQ(matches("a", ""), 0);
}

static void ends_of_the_line(void)
{
  CHECK_EQ(matches("^ab", "abc"), 1);
  CHECK_EQ(matches("^b", "abc"), 0);
  CHECK_EQ(matches("c$", "abc"), 1);
  CHECK_EQ(matches("b$", "abc"), 0);
  CHECK_EQ(matches("^abc$", "abc"), 1);
  CHECK_EQ(matches("^abc$", "abcabc"), 0);
  CHECK_EQ(matches("^$", ""), 1);
  CHECK_EQ(matches("^$", "x"), 0);
  CHECK_EQ(matches("a$", "aba"), 1);
}

static void dots(void)
{
  CHECK_EQ(matches("a.c", "xabcx"), 1);
  CHECK_EQ(matches("a.c", "ac"), 0);
  CHECK_EQ(matches(".", "\xff"), 1);
  CHECK_EQ(matches("^.$", "ab"), 0);
}

static void stars(void)
{
  CHECK_EQ(matches("^ab*c$", "ac"), 1);
  CHECK_EQ(matches("^ab*c$", "abbbbc"), 1);
  CHECK_EQ(matches("^ab*c$", "abbxbc"), 0);
  CHECK_EQ(matches("^.*z$", "abcz"), 1);
  CHECK_EQ(matches("^.*z$", "abczx"), 0);
  CHECK_EQ(matches("^a*ab$", "aaab"), 1);
  CHECK_EQ(matches("^a*b*c*$", "aacc"), 1);
  CHECK_EQ(matches("^a*b*c*$", "aaca"), 0);
  CHECK_EQ(matches("x*", ""), 1);
  CHECK_EQ(matches("a.*b.*c", "xxaxbxxcx"), 1);
  CHECK_EQ(matches("a.*b.*c", "xxcxbxxax"), 0);
}

/* What is special in one place only is itself in others. */
static void plain_elsewhere(void)
{
  CHECK_EQ(matches("*a", "x*a"), 1);
  CHECK_EQ(matches("*a", "xa"), 0);
  CHECK_EQ(matches("a^b", "a^b"), 1);
  CHECK_EQ(matches("a$b", "a$b"), 1);
  CHECK_EQ(matches("^a**$", "aa*"), 1);
}

static void bytes_of_all_kinds(void)
{
  static struct pattern pattern;

  CHECK_EQ(pattern_compile(&pattern, "a.b"), 0);
  CHECK_EQ(pattern_match(&pattern, "a\0b", 3), 1);
  CHECK_EQ(pattern_match(&pattern, "a\0b", 2), 0);
}

/* Ways multiply here for a matcher that tries them one by one. */
static void many_ways(void)
{
  static char text[10000];

  memset(text, 'a', sizeof(text) - 1);
  CHECK_EQ(matches("a*a*a*a*a*a*a*a*a*b", text), 0);
}

static void longest_pattern(void)
{
  char source[ELEMENTS_MAX + 2];

  memset(source, 'a', sizeof(source));
  source[ELEMENTS_MAX + 1] = '\0';
  CHECK_EQ(matches(source, source), -1);
  source[ELEMENTS_MAX] = '\0';
  CHECK_EQ(matches(source, source), 1);
  CHECK_EQ(matches(source, source + 1), 0);
}

int main(void)
{
  RUN(plain_text);
  RUN(ends_of_the_line);
  RUN(dots);
  RUN(stars);
  RUN(plain_elsewhere);
  RUN(bytes_of_all_kinds);
  RUN(many_ways);
  RUN(longest_pattern);
  return check_result();
}
