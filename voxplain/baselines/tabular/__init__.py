"""What a table of measures and covariates tells: scikit-learn's models, everything of them fitted inside the fold."""
