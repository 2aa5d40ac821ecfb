"""What do we hand to support? Facts about an installation in one archive, with every secret taken out."""
