"""What each layer's permission was worth: one recording under several policies."""
