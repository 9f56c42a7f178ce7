"""What many tests share: planted runs, stand-ins for servers and models, made-up GGUF files."""
