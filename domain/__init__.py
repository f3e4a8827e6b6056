"""The nouns of the product, as frozen pydantic models. Imports nothing from the rest of the house."""
