"""The user's settings over the documented defaults, checked before any work begins."""
