"""All that talks to a cloud: what is there, what would fail, what changes, what happened and why.

`connection`, `stacks`, `actions` and each folder's `gather` ask or tell the cloud; everything else here is
pure, from what they gathered to what a user reads. Nothing here prints.
"""
