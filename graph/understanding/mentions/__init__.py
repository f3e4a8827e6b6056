"""From tokens to mentions: names of the catalogue and of the world, and quantities with unit, bound and noun."""
