#!/usr/bin/env bash
# What the GitHub Action runs: DATA and SHAPES are files, patterns or names, separated by blanks,
# ARGUMENTS more arguments, SARIF a file to write that report to, or nothing.
set -euo pipefail
set -f # entente resolves the patterns
read -ra data <<<"$DATA"
read -ra arguments <<<"${ARGUMENTS:-}"
for file in $SHAPES; do arguments+=(--shapes "$file"); done
if [ -n "${SARIF:-}" ]; then
  entente validate "${data[@]}" "${arguments[@]}" --fail-on never --allow-unmatched \
    --format sarif -o "$SARIF"
fi
entente validate "${data[@]}" "${arguments[@]}" --format github
