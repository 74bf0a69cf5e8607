"""Fill models against the truth: books whose every order is known, seen through quotes and prints."""
