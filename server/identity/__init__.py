"""Who asks: access tokens verified, the built-in identity provider, and the gate in front of every route."""
