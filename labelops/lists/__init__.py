"""What every list is made of: columns, sorting, keyset pages, filters as chips. Knows no app."""
