"""What the web bot costs and bears: its API beside a proxy, many streams, the page in a browser."""
