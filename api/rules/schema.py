"""`medicus rules schema`: the JSON Schema of a pack's text, for editors that complete and check while one writes."""

import json
import sys

from engine.rulebase.schema import json_schema

FILE = "medicus-pack.schema.json"
MODELINE = f"# yaml-language-server: $schema={FILE}"


def schema() -> int:
    """Print the schema; how an editor finds it is told beside it when somebody reads along. Always 0."""
    text = {"$comment": f"save as {FILE} beside a pack, and begin the pack with: {MODELINE}", **json_schema()}
    sys.stdout.write(json.dumps(text, ensure_ascii=False, indent=2) + "\n")
    return 0
