"""The Heat target: HOT as typed data, how a model becomes it, and what Heat would refuse."""
