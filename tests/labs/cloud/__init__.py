"""A real OpenStack without its lowest layer; it writes below one folder and listens on the loopback."""
