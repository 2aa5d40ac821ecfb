"""What so many people need: replicas, database, message bus, tokens and money, from figures each of which is named."""
