"""Merchants' order feeds, each turned into the one normalised order row."""
