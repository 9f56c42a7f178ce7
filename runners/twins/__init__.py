"""The controlled models: dense and mixture-of-experts (MoE) twins that saw the same text, so that only the architecture
differs. Training needs torch (`pip install "incompressible[twins]"`); the finished models are plain GGUF files."""
