"""A real Swift with its S3: servers of one device on 127.0.0.1, see `lab.py`."""
