"""One folder per distro: how a node of it is told what to be."""
