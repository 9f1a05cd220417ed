"""Event streams from the topics: the seam to history, readers of any speed, a broker that goes away."""
