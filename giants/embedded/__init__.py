"""The stack on one machine: a broker in memory, the processes around it, and where they can be found."""
