
run_hooks() {
  local hook
  for hook in "$ETC/hooks/$1"/*; do
    [[ -e $hook ]] || continue
    say "hook ${hook##*/}"
    NODE_NAME=$NODE_NAME NODE_INDEX=$NODE_INDEX "$hook"
  done
}
