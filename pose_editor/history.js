// Undo and redo over immutable snapshots.
function createHistory(limit = Infinity) {
  let past = [];
  let future = [];
  return {
    clear() {
      past = [];
      future = [];
    },
    push(before) {
      past.push(before);
      if (past.length > limit) past.shift();
      future = [];
    },
    undo(current) {
      if (!past.length) return null;
      future.push(current);
      return past.pop();
    },
    redo(current) {
      if (!future.length) return null;
      past.push(current);
      return future.pop();
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
  };
}
