"""What is read from inside a model or changed there: routers, traces, other experts."""
