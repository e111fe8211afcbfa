"""What a response shows beside its CORS headers: who sent it, and what is nearly right."""
