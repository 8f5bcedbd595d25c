"""One folder per distro: how its nodes are configured at first boot."""
