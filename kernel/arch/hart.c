/* The records of all harts. */
#include "arch/hart.h"

struct hart harts[NCPU];
int nharts;
