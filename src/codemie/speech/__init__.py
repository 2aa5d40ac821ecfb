"""How does speech become text?

An optional speech service of Azure, which the operator configures: clients that listen and speak themselves get its
address and a token that ends soon (`azure.SpeechService.token`), others send a recording and get its text
(`azure.SpeechService.recognise`). The key of the service never leaves this room.
"""
