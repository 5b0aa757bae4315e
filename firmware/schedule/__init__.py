"""What an output does when, from rules and the sun, without a network: the same answer on node and host."""
