"""What the user said, as a requirement in which every field quotes the words behind it. A map:

    reader.py      the interface of both readers: the turns and the spec that stands in, a `Reading` out
    reading.py     the built-in reader; passes.py: the list of its passes, in order (pipeline.py says what a pass is)
      text/        the message in tokens and clauses, its spelling mended; `phrases.py`: how phrases are written down
      mentions/    what is named and counted: models, cards, places, money, memory, times, people
      stance/      whether it is wanted, ruled out, at hand, asked about or only spoken of
      roles/       which field each mention fills: proposals compete over the whole message, the best assignment holds
      labels/      what words alone settle: task, domain, industry, compliance; the question asked; the intent;
                   several workloads in one message
      follow_ups/  what a message wants while a plan stands, and what a question is about, learnt from examples
      merge/       later turns into what stands: corrections, answers, undo; questions to ask; what no field could take
    llm/           the reader by a language model: the same fields, each value checked against the words
    tasks/         orders to the checklist: done, open, a note, a date
    vocabulary/    the words of all of it, as YAML, opened by `labels/sections.py`; `python -m evals.vocabulary` lists
                   what no request or test says
    examples.py    labelled requests: neighbours for the built-in reader, few-shots for the other

A new way to say something is a line of `vocabulary/`. A new field is one in `domain/workload.py`, a row of
`vocabulary/roles.yaml` and a maker in `roles/makers.py`. `merge/conversation.py` reads a whole conversation at once.
"""
