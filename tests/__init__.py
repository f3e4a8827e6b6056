"""A package by this file: libraries that install a package `tests` of their own do not hide it."""
