"""Models of the parts on the boards, on the contracts of `host_tools.simulator.buses`."""
