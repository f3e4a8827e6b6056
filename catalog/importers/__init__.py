"""Brings catalogues that others publish into ours: checked row by row, all of a set or nothing."""
