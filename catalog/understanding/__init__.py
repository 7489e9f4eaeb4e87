"""What people type, read into sound, names, likeness and limits."""
