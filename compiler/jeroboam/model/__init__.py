"""The intermediate model in which COE and distro meet."""
