"""What a library must live through. Each test runs in a short form; with `--full` it runs in full."""
