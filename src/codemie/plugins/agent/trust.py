"""Which certificates the agent believes, and which it shows."""

import ssl

from codemie.plugins.agent.configuration import Configuration, Misconfigured


def tls_context(configuration: Configuration) -> ssl.SSLContext:
    """TLS 1.2 and newer, always verified: the system's certificates and the usual public ones, or only those given.

    Raises:
        Misconfigured: a file cannot be read, or does not hold what it should.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if configuration.ca_file:
            context.load_verify_locations(configuration.ca_file)
        else:
            _load_public(context)
        if configuration.client_cert:
            # Without a password at hand OpenSSL would ask for one at the terminal.
            context.load_cert_chain(configuration.client_cert, configuration.client_key or None, password=lambda: b"")
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(
            "The certificates cannot be read",
            details=f"{error.strerror or error}",
            help="SSL_CERT_FILE, PLUGIN_CLIENT_CERT and PLUGIN_CLIENT_KEY name PEM files; keys have no password.",
        ) from error
    return context


def _load_public(context: ssl.SSLContext) -> None:
    """The system's certificates, and the public ones: some builds of Python do not find the system's."""
    import certifi

    context.load_default_certs()
    context.load_verify_locations(certifi.where())
