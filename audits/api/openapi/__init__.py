"""The description of the dialect for machines: OpenAPI 3.1, made from the routes and the tables in this package."""
