"""Files of tasks: read as a stream, one record at a time, from any record's end onwards. Knows no database."""
