"""How is everything one installation needs kept in one file, and how does an installation come back from it?"""
