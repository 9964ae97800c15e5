"""`/v2/...`: the reads and the batch operations that `client.v2` of the official client makes.

Lists page by `next_token`; ids or names find projects and batches; only 200 has a body that the client reads.
"""
