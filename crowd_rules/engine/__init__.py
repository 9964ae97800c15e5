"""The rule engine in plain Python: what is counted, when a rule fires, what a replay would have done. No Django."""
