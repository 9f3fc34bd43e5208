"""A simulated market whose truth is known: who caused which order, and what it leaves to see."""
