"""The scripts of a node, run for real in a scratch root against a cloud made of one local server."""
