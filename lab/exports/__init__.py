"""Exported policies in real web servers, compared with ``CORSMiddleware`` request by request."""
