"""The tables that people were given: who is who, what a cell means, which columns may be learnt from."""
