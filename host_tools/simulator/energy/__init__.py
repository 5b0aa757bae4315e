"""What a board takes from its battery: currents by state, and the account over a run."""
