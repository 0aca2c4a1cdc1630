"""The questions that people ask about a repository, one file a question; each names one repository and reads no clock."""
