"""How many requests a server takes in while 99 of 100 are answered in time."""

import pytest

from bench.arrivals import highest_rate


def test_a_server_that_never_slows_down_is_a_poisson_count() -> None:
    """Ten at once or fewer on 99 of 100 arrivals: a mean of 4.77 (the 99 % quantile of a Poisson count is 10)."""
    assert highest_rate([0.0, *[1.0] * 500], 10) == pytest.approx(4.77, abs=0.01)


def test_a_server_of_one_rate_is_a_queue_of_one() -> None:
    """At a share rho of the rate, more than k are there in rho^(k + 1) of all cases: 0.99 of it at k = 458."""
    assert highest_rate([0.0, *(float(k) for k in range(1, 2000))], 458) == pytest.approx(0.99, abs=0.001)


def test_where_not_even_one_is_in_time_none_is_taken() -> None:
    assert highest_rate([0.0, 1.0], 0) == 0.0
