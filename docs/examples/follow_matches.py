"""Print pairs of a counterparty and a company as they are found, and which of them wait for a person."""

from giants.client import Matches

with Matches(group="example-matches") as matches:
    for match in matches:
        state = "to review" if match.to_review else "match"
        print(match.portfolio_id, match.entry_name, "=", match.name, f"{match.score:.2f}", state, flush=True)
