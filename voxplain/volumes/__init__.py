"""A volume with its affine, templates, registration, stripping and quality measures.

ANTs gives the same bytes twice only with one ITK thread and a seed, both read before its first use: hence here.
"""

import os

os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"
os.environ["ANTS_RANDOM_SEED"] = "1"
