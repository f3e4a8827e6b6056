"""What a message wants while a plan stands, and what a question is about, learnt from `prompts/follow_ups.yaml`.

lines.py     the examples by what they are about
phrases.py   the phrases of `vocabulary/follow_ups.yaml`, as points of topics
features.py  a line as a vector: words and those near them, concepts, pairs, phrases
ridge.py     the regression, and a share of certainty from its scores
heads.py     the two of them as they are stored: topic and act
train.py     makes what is stored: `python -m graph.understanding.follow_ups.train`
"""
