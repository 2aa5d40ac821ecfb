"""Why does the domain not answer? Its names, addresses, certificate and pages, seen from where this runs."""
