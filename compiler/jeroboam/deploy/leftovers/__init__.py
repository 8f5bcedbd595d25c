"""What stands in the way of a cluster's end and what would outlive it: found, named, removed on demand."""
