"""The lowest layer of the cloud: guests, wires, disks and balancers that are rows in a database."""
