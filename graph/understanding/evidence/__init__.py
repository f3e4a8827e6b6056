"""What a language model read, held against what the user wrote: nothing without their words gets through."""
