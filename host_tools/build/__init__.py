"""From a board file and the firmware's sources to the images that go into flash."""
