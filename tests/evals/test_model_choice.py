"""The requests of the model choice: each can be met and can be failed, and the chosen models stay right."""

from database import Database
from evals.model_choice.choices import as_shipped, share_right
from evals.model_choice.requests import read_requests
from tests.tools.test_model_tasks import everything


async def test_every_right_answer_is_one_the_catalogue_has(database: Database) -> None:
    requests, cards = read_requests(), await everything(database)
    assert (len(requests.tuned_on), len(requests.held_out)) == (44, 20)
    for request in (*requests.tuned_on, *requests.held_out):
        assert any(want.approach or any(want.matches(card) for card in cards) for want in request.right), request.ask
        assert all(any(want.matches(card) for card in cards) for want in request.beside), request.ask


async def test_what_is_chosen_is_right_for_nearly_all(database: Database) -> None:
    choices = await as_shipped(read_requests().tuned_on, database)
    assert share_right(choices) >= 0.95, [choice.ask for choice in choices if not choice.right]
