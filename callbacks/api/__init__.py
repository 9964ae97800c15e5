"""/v1/callbacks/…: what the callback pages do, for programs, in the style of the rest of /v1."""
