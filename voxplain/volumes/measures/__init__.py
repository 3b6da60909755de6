"""What can be measured of one prepared scan, each measure as a function of arrays and numbers."""
