"""Small talk, a recommendation taken by its rank, and a choice that is left to us."""

import pytest

from graph.understanding.labels.talk import just_decide, rank_taken, talk_of, words_of_message


@pytest.mark.parametrize(
    ("message", "kind"),
    [("hi there!", "greeting"), ("good morning", "greeting"), ("happy new year", "greeting"),
     ("how are you?", "greeting"), ("what can you do?", "capabilities"), ("who are you", "capabilities"),
     ("how does this work", "capabilities"),
     ("help me", "capabilities"), ("are you a real person?", "capabilities"), ("what is your name?", "capabilities"),
     ("ok, go with that", "agreement"), ("perfect, we'll take it", "agreement"), ("leave it as it is", "agreement"),
     ("yes, agreed", "agreement"), ("no change needed", "agreement"), ("don't touch anything", "agreement"),
     ("that's it", "agreement"), ("all good", "agreement"), ("good to go", "agreement"), ("nothing else",
     "agreement"),
     ("no questions", "agreement"), ("I agree", "agreement"),
     ("thanks a lot", "thanks"), ("great, makes sense", "thanks"), ("good job", "thanks"), ("fair enough", "thanks"),
     ("got it", "thanks"), ("understood", "thanks"), ("not bad at all", "thanks"), ("looks good to me", "thanks"),
     ("I see", "thanks"), ("well done", "thanks"), ("you rock", "thanks"), ("all right", "thanks"), ("never mind",
     "thanks"),
     ("I like this tool", "thanks"), ("you are smarter than him", "thanks"), ("you're welcome", "thanks"),
     ("bye", "farewell"), ("good night", "farewell"), ("talk to you later", "farewell"), ("see you", "farewell"),
     ("I'll be back tomorrow", "farewell"), ("have a nice day", "farewell"), ("signing off", "farewell"),
     ("until next week", None), ("until tomorrow", "farewell"), ("take care", "farewell"), ("that will be all",
     "farewell"),
     ("hold on", "waiting"), ("one moment", "waiting"), ("let me check that", "waiting"), ("still reading",
     "waiting"),
     ("testing", "waiting"), ("sorry, wrong chat", "waiting"), ("running late", "waiting"), ("finally Friday",
     "waiting"),
     ("my phone is ringing", "waiting"), ("more later", "waiting"), ("hmm", "waiting"), ("I have to go", "farewell"),
     ("we need to run errands", "farewell"), ("we need to run for the train", "farewell"),
     ("only on AWS", None), ("thanks, but make it 90 users", None), ("use spot", None),
     ("we don't need Redis", None)],
)  # fmt: skip
def test_what_is_nothing_but_talk(message: str, kind: str | None) -> None:
    assert talk_of(words_of_message(message)) == kind


@pytest.mark.parametrize(
    ("message", "rank"),
    [("take the second one", 2), ("let's go with option 2", 2), ("ok, the third one then", 3),
     ("the last one please", -1), ("number 1 it is", 1), ("We shall proceed with the 1st option.", 1),
     ("the fourth looks better", 4),
     ("option 5 suits us", 5), ("the sixth", 6), ("take the seventh one", 7), ("option 8", 8),
     ("I prefer number 9", 9),
     ("compare the first two", None), ("why is the second one not better?", None), ("2", None), ("make it 2", None),
     ("use the first GPU for embeddings", None), ("the second one is too expensive", None)],
)  # fmt: skip
def test_a_rank_is_taken_by_the_whole_message(message: str, rank: int | None) -> None:
    assert rank_taken(words_of_message(message)) == rank


@pytest.mark.parametrize(
    "message",
    ["just decide", "you choose", "pick for me", "your call", "up to you", "what would you recommend?", "surprise me",
     "whatever you think is best", "use your defaults", "best guess", "make a good guess", "no more questions",
     "stop asking", "do not ask", "just give me a plan", "go ahead", "I have no preference", "skip the questions",
     "assume the usual", "you know best", "you tell me", "I trust you", "no idea", "any is fine", "decide",
     "any of them will do"],
)  # fmt: skip
def test_the_choice_is_left_to_us(message: str) -> None:
    assert just_decide(words_of_message(message))


@pytest.mark.parametrize(
    "message", ["why did you pick Qwen?", "could you tell me more?", "only on AWS", "we decided on GCP"]
)
def test_the_choice_is_not_left_to_us(message: str) -> None:
    assert not just_decide(words_of_message(message))
