"""Claims into the spec that stands: corrections, withdrawals, answers, consistency; then what nobody placed."""
