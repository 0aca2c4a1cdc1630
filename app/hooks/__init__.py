"""HTTP to hooks that an operator has set: only to addresses of networks where a hook may be, whatever a name says."""
