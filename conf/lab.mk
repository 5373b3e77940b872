# The lab that this tree belongs to. User programs are compiled with
# -DLAB_PGTBL, after this name.
LAB=pgtbl
