"""What puts the system into service; not a part of the installed program."""
