"""The agents: packer, folds, messages."""
