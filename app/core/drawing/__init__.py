"""Pictures as SVG text: pure, escaped, without a style or script of their own. Each says in words what it shows."""
