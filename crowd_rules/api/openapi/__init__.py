"""The description of the crowd dialect for machines: rows by address and method, beside those of the other dialect."""
