"""What plugins for AudioMuse-AI ask for, answered from a library."""
