"""The dashboard: pages that the server writes, which work without JavaScript."""
