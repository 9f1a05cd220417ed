"""Documentation: pages in Markdown, and what generates those that follow from the program."""
