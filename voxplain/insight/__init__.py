"""What a network has learned: its weights, features, examples, influences, surrogates, concepts and latents."""
