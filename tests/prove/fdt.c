/* The device tree's reader, kernel/lib/fdt.c, on any bytes: what all of it is
 * made of. A tree has at most 1 MiB, which is what kernel/boot/main.c allows.
 *
 *   prove_cut: bound 9
 *     cut(), cut_padded() and cut_number() take just what they are asked for
 *     off the front of any run in the tree, or nothing; no size wraps
 */
#include "lib/fdt.c"
#include "tests/prove/prove.h"

#define LIMIT (1UL << 20)

static const uchar *tree;
static uint64 tree_size;

static struct bytes any_run(void)
{
  struct bytes run = {tree, 0};
  uint64 start = any_below(tree_size + 1);
  run.at = tree + start;
  run.length = any_below(tree_size - start + 1);
  return run;
}

static void any_tree(void)
{
  tree_size = any_below(LIMIT + 1);
  tree = __CPROVER_allocate(tree_size, false);
}

static bool is_inside(struct bytes run)
{
  return __CPROVER_same_object(run.at, tree) && run.at >= tree &&
         (uint64)(run.at - tree) <= tree_size &&
         run.length <= tree_size - (uint64)(run.at - tree);
}

void prove_cut(void)
{
  any_tree();
  struct bytes before = any_run(), run = before;
  uint64 size = nondet_u64(), value, padded = size;
  uint how = any_below(3);
  bool good;
  if (how == 0) {
    good = cut(&run, size) == before.at;
  } else if (how == 1) {
    ASSUME(size <= 0xFFFFFFFF); /* a cell, or the size of a string */
    padded = (size + 3) / 4 * 4;
    good = cut_padded(&run, size) == before.at;
  } else {
    good = cut_number(&run, size, &value);
    padded = size * 4;
    MUST(!good || size <= 2);
    MUST(good || value == 0);
  }
  MUST(is_inside(run));
  MUST(!good || padded <= before.length);
  MUST(run.length == before.length - (good ? padded : 0));
  MUST(run.at == before.at + (good ? padded : 0));
  SOME_CASE(good && how == 0 && size == LIMIT);
  SOME_CASE(good && how == 1 && size % 4 == 1);
  SOME_CASE(good && how == 2 && value == ~0UL);
  SOME_CASE(!good && size > ~3UL);
}
