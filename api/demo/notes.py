"""The demo's patient: a tiny HTTP service that needs a port, a configuration file and a secret.

Run as `python notes.py notes.toml`. It says on standard error why it cannot start and then exits with 1, as real
services do. It depends on the standard library only.
"""

import json
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer


class Notes(BaseHTTPRequestHandler):
    """Answers /health and nothing else."""

    def do_GET(self) -> None:
        """Say that the service is healthy."""
        found = self.path == "/health"
        body = json.dumps({"status": "healthy"} if found else {"error": "not found"}).encode()
        self.send_response(200 if found else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Keep the log for what matters."""


class Server(ThreadingHTTPServer):
    """A server that does not ask the resolver for its own name."""

    daemon_threads = True
    allow_reuse_address = True

    def server_bind(self) -> None:
        """Bind as socketserver does, without the reverse look-up that http.server adds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "notes", self.server_address[1]


def main(config: Path) -> None:
    """Read the configuration and the secret, then serve until ended."""
    settings = tomllib.loads(config.read_text(encoding="utf-8"))
    secret = config.parent / settings["secret_file"]
    if not secret.read_text(encoding="utf-8").strip():
        raise ValueError(f"the secret in {secret} is empty")
    Server((settings["address"], settings["port"]), Notes).serve_forever()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"notes cannot start: {type(error).__name__}: {error}")
