"""Lists as files: what each has in its columns, and how rows become CSV, JSON Lines or Parquet in flat memory."""
