"""The ground floor: everything that may touch a model, and nothing that knows who reads the results."""
