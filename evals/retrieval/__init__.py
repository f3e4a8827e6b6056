"""Does model search find the right kind of model? Requests in people's words, with the kinds that would serve them."""
