"""A small shop: prices, durations and orders."""
