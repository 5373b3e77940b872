/* What the kernel counts, by the device "counters". */
#include "user/user.h"
#include "user/lib/util.h"

int read_counters(char text[COUNTERS_ROOM])
{
  int length = read_device_text("/counters", text, COUNTERS_ROOM - 1);

  text[length > 0 ? length : 0] = '\0';
  return length;
}

const char *counter_text(const char *counters, const char *name)
{
  int length = strlen(name);

  for (const char *line = counters; line != NULL; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (memcmp(line, name, length) == 0 && line[length] == ':')
      return line + length + 2;
  }
  return NULL;
}

int counter_value(const char *name)
{
  static char counters[COUNTERS_ROOM];
  const char *found;

  read_counters(counters);
  found = counter_text(counters, name);
  return found != NULL ? atoi(found) : -1;
}
