"""Starting, stopping and disturbing the cloud, which writes below one folder and listens on the loopback."""
