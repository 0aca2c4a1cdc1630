"""What agents ask with: an MCP server whose tools ask our own API, and so may see what a program with the same token may."""
