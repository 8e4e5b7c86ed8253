"""Where memories are kept: behind one protocol, in this process or on a server."""
