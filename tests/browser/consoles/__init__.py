"""What the engines print in their consoles for requests that fail, against what wsgicors says."""
