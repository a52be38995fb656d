"""From stored values to a picture: arrays in, bytes out; no data sets and no framework."""
