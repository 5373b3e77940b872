/* One number of the device "statistics". */
#include "user/user.h"
#include "user/lib/util.h"

static char text[4096]; /* as long as the counters' text can be */

int statistic_value(const char *name)
{
  int length = strlen(name);
  int nbytes = statistics(text, sizeof(text) - 1);

  text[nbytes > 0 ? nbytes : 0] = '\0';
  for (char *line = text; line != NULL; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (memcmp(line, name, length) == 0 && line[length] == ':')
      return atoi(line + length + 2);
  }
  return -1;
}
