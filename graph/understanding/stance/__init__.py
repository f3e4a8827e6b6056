"""What the words around a mention do with it: want it, rule it out, have it already, only speak of it."""
