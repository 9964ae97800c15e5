"""The Scale dialect: `/v1/...`, in the wire format of the official client. What it lacks is added in the same style."""
