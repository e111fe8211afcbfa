"""The client side of CORS: one file per room of ``wsgicors.testing``, and faults put into it."""
