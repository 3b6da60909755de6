"""The files that people were given: archives, folders, checksums, and one wanted file out of any of them."""
