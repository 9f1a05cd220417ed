"""Pure rules and folds, and the data beside them: no clock, no I/O but reading that data, no logging."""
