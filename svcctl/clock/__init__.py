"""Business calendars and their arithmetic; nothing else knows what a weekday is."""
