"""Keys, roles and scopes: who may do what."""
