"""Other players and servers of music: what they call, and what is sent to them."""
