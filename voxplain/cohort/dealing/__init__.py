"""How subjects are dealt into folds: what is never divided, what folds have in common, and who is held out."""
