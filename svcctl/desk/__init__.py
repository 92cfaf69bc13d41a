"""Where the pure core meets the world: the workspace, intake, the work on tickets, the sweep, delivery."""
