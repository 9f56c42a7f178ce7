"""Everything that runs a model. Only this package imports llama_cpp."""
