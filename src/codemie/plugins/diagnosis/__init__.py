"""Why does an agent not reach the plugin engine? A walk along the way its connection takes, one check a step.

`walk.walk` visits every step and gives a `report.Report`; the command line prints it. It speaks NATS, TLS and WebSocket
over plain sockets, since a client library hides just what is wrong here.
"""
