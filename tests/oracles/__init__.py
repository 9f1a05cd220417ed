"""What the product must compute, written a second time without it."""
