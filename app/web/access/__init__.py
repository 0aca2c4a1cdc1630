"""Who is looking, and what GitHub lets them see."""
