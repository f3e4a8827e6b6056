"""The language model's reader: one answer a turn, each of its values checked against the words before it is believed.

Takes what the built-in passes make of the newest turn and gives more claims for the same merge.

    reader.py          one call a turn; the built-in reading where it fails
    language_model.py  one question in a strict JSON schema, bounded, and left alone for a while after a failure
    answer.py          the schema: the fields of `WorkloadSpec`, and a quote for every value
    quotes.py          the quotes that the user really wrote, with the names and figures in them
    figures.py         whether a number follows from the figures of a quote
    support.py         whether the words of a quote hold a value
    believed.py        the answer as claims; what no words hold is owned up to
"""
