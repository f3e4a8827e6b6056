"""Single changes to operators and figures, and whether a test notices: `python -m bench.mutation FOLDER`."""
