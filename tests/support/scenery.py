"""What the files of a stage say: its supervisord, its service, its Medicus, and a pack in a hurry."""

import re
import socket
from pathlib import Path

ROOT = Path(__file__).parents[2]
ADDRESS = "127.0.0.1"

SUPERVISORD = """\
[supervisord]
nodaemon=true
logfile={folder}/run/supervisord.log
pidfile={folder}/run/supervisord.pid
childlogdir={folder}/run
[unix_http_server]
file={folder}/run/supervisor.sock
chmod=0600
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:notes]
command={python} {folder}/notes.py {folder}/notes.toml
autorestart=true
startsecs=1
startretries={retries}
stopwaitsecs=2
stdout_logfile=NONE
stderr_logfile=NONE
"""
NOTES = 'address = "{address}"\nport = {port}\nsecret_file = "notes.secret"\ngreeting = "hello"\n'
SETTINGS = """\
format: 1
packs: [{pack}]
state: {state}
inference: {inference}
interval: 200ms
listen: {address}:{listen}
policy: {{profile: {profile}, cooldown: 0s}}
targets:
  - id: notes
    kind: service
    keep_running: {keep_running}
    parts:
      process: {{supervisor: {socket}, name: notes}}
      port: {{address: {address}, port: {port}, supervisor: {socket}, name: notes}}
      config: {{path: notes.toml, format: toml, backup: notes.toml.bak}}
      secret: {{path: notes.secret, format: text}}
"""
HEALTH = (
    '      health: {{url: "http://{address}:{port}/health", json_field: status, json_value: healthy, timeout: 0.5}}\n'
)


def write_quick_pack(folder: Path) -> None:
    """The shipped pack with short times, so that a story takes seconds."""
    text = (ROOT / "rules/service/pack.yaml").read_text()
    for was, now in ((r"\bover: \d+s", "over: 600ms"), (r"\bfor: \d+s", "for: 300ms"), (r"\blooks: \d+", "looks: 3")):
        text = re.sub(was, now, text)
    folder.mkdir(exist_ok=True)
    (folder / "pack.yaml").write_text(text)


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port: int = probe.getsockname()[1]
        return port
