"""What does an installation without the internet need? All of it in one file, looked through, and carried on."""
