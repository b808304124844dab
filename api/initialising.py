"""`medicus init`: a commented settings file, the state folder, the operator's token. It overwrites nothing."""

from pathlib import Path

from api.running import TOKEN_FILE, token
from engine.errors import SettingsError
from engine.stores.opening import open_store

_TEMPLATE = """\
# Medicus: what is watched, and how much may be done about it.
format: 1
language: {language}        # en or zh: the language of texts on the terminal
packs: [service]    # shipped packs by name, your own by path
state: state        # incidents, audit log, token; keep it on a disk that Medicus does not heal
inference: auto     # durable (durable-rules) where it is available, else native
interval: 2s
listen: 127.0.0.1:8017

policy:
  profile: suggest  # suggest: a person approves every plan; self-heal: safe remedies of certain causes run alone
  confidence: 0.9   # least probability of a cause whose remedy may run by itself
  approval_expires: 15m
  cooldown: 1m      # least time between two remediations of one target
  flapping: {{times: 3, within: 1h}}
  blast_radius: 1   # most targets in remediation at once

# Give every program that Medicus watches a target. This one is a program under supervisord; leave out the parts
# that it does not have. Paths are relative to this file.
targets:
  - id: this-host
    kind: host
    parts:
      host: {{path: /}}
#  - id: notes
#    kind: service
#    keep_running: true
#    parts:
#      process: {{supervisor: /run/supervisor.sock, name: notes}}
#      port: {{address: 127.0.0.1, port: 5080, supervisor: /run/supervisor.sock, name: notes}}
#      config: {{path: /etc/notes/notes.toml, format: toml, backup: /etc/notes/notes.toml.bak}}
#      secret: {{path: /etc/notes/secret, format: text}}
#      health: {{url: "http://127.0.0.1:5080/health", json_field: status, json_value: healthy}}
"""


def initialise(folder: Path, language: str) -> tuple[str, ...]:
    """Make what is missing in a folder; what was done, a line each. SettingsError for an unknown language."""
    if language not in {"en", "zh"}:
        raise SettingsError(f"there is no language '{language}': choose en or zh")
    folder.mkdir(parents=True, exist_ok=True)
    config, state = folder / "medicus.yaml", folder / "state"
    said = [f"{config} is there already: left as it is"]
    if not config.exists():
        config.write_text(_TEMPLATE.format(language=language), encoding="utf-8")
        said = [f"wrote {config}: name your services under `targets`"]
    open_store(state).close()
    token(state)
    return (*said, f"the state is kept in {state}, the token for HTTP in {state / TOKEN_FILE}")
