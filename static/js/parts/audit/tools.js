/** What the workspace needs beside the task, asked for once for each project: templates, colleagues, flags, reasons. */
const NOTHING = { templates: [], may_share: false, colleagues: [], flags: {}, reasons: [] };
const asked = new Map();
let latest = NOTHING;

export function toolsFor(root) {
  const { toolsUrl, projectId = "", sessionId = "" } = root.dataset;
  const address = `${toolsUrl}?${new URLSearchParams({ session: sessionId, project: projectId })}`;
  if (!asked.has(address)) asked.set(address, ask(address));
  return asked.get(address);
}

async function ask(address) {
  try {
    const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (answer.ok && !answer.redirected) latest = await answer.json();
    else asked.delete(address);
  } catch {
    asked.delete(address); // Asked again with the next task; the audit goes on without.
  }
  return latest;
}

/** Templates change on this page; every project's answer holds the same ones. */
export async function changeTemplates(change) {
  for (const answer of asked.values()) {
    const tools = await answer;
    tools.templates = change(tools.templates);
  }
}
