"""All that talks to a cloud: what is there, what would fail, what changes, what happened and why.

`run` is the table of contents of a deployment, `events` what it tells. What asks a cloud, tells it something
or lets time pass is listed in tests/architecture/test_cloud_wall.py; everything else here is pure, from what
those gathered to what a user reads. Nothing here prints.
"""
