"""Which LLMs and embedders exist, where do they run, what do they cost?

`catalogue.Catalogue` reads the models file and follows its edits. `providers.chat_model` and `direct.stream_completion`
reach a chat model, `embeddings.embed` an embedder, and `costs.cost` prices what they used. `mock` needs none of them.
"""
