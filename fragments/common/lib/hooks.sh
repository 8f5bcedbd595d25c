# shellcheck shell=bash
# The spec's hooks.

# run_hooks FOLDER: each script in name order; the first that fails ends it.
run_hooks() {
  local hook
  for hook in "$ETC/hooks/$1"/*; do
    [[ -e $hook ]] || continue
    say "hook ${hook##*/}"
    NODE_NAME=$NODE_NAME NODE_INDEX=$NODE_INDEX "$hook"
  done
}
