"""What others describe clusters with -> specs of ours; pure functions of texts."""
