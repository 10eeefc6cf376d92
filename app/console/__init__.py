"""The pages that analysts use: signing in to them, and their files as they were built."""
