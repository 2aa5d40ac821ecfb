"""Does the platform do its work, tried the way people use it?"""
