"""The AIO scheme: task tags around the text, ``O-Task`` labels, one output layer."""
