"""Making an App from a manifest and installing it, as GitHub's pages let people do.

The sandbox knows one App at a time: who makes a new one has that from then on, installed nowhere, and the old one no more.
"""
