"""Plain Python: weeks and days, nothing of Django."""
