"""Reports as people and programs read them; one module per output. Nothing here computes or reads a repository."""
