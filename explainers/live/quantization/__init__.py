"""The quantization bench: real weights quantized by blocks, and which tokens change experts."""
