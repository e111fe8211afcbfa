"""What the core promises, room by room: no server and no framework takes part."""
