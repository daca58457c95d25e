#!/usr/bin/env bash
# Installs the policyver that this action belongs to, beside whatever the repository itself installs.
set -euo pipefail
venv="$RUNNER_TEMP/policyver-venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check "$GITHUB_ACTION_PATH/../../.."
echo "$venv/bin" >> "$GITHUB_PATH"
