"""The crowd dialect: the wire format of the official `toloka-kit` client, and performers' own calls beside it."""
