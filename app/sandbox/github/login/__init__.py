"""Signing people in by the App, as "Generating a user access token for a GitHub App" says in GitHub's documentation."""
