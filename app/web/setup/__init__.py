"""The set-up page: from no credentials to an App on GitHub, for whoever has the code that `serve` printed."""
