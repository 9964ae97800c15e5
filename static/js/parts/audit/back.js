/**
 * The browser's back button: one step back is the task that was judged before, on its own page (with its history and, in
 * time, the undo), not the page before the whole session.
 */
export function markJudged(taskUrl) { history.replaceState({ judged: taskUrl }, ""); }

export function nextTask() {
  if (history.state?.judged) history.pushState({}, "");
}

export function startBack() {
  const go = () => history.state?.judged && location.replace(history.state.judged);
  addEventListener("popstate", go);
  go();
}
