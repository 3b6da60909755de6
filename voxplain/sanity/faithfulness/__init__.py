"""Whether a network's answer goes with what a map calls relevant, beside maps that know nothing of the network."""
