"""Somebody's own network and scan: the map of one image, its picture and what made it, without a study."""
