"""What makes an answer shorter, once it is known."""
