"""The agents' folds and protocol, driven by one seed through crashes, duplicates, zombies and rebalances."""
