"""From one version to the next: what changes, whether it can go well, a backup, the migration, and the way back."""
