"""Any API that has an OpenAPI document: its operations as tools, and requests to the servers that it names."""
