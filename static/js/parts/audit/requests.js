/** The workspace's own requests. Each answers {ok, status, body}; a redirect to the sign-in page counts as 401. */
import { csrfToken } from "../requests.js";

export async function post(url, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  try {
    const answer = await fetch(url, { method: "POST", body, credentials: "same-origin", headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" } });
    return answer.redirected ? { ok: false, status: 401, body: {} } : { ok: answer.ok, status: answer.status, body: await readJson(answer) };
  } catch {
    return { ok: false, status: 0, body: {} };
  }
}

async function readJson(answer) {
  try {
    return await answer.json();
  } catch {
    return {};
  }
}

/** Survives the page: the browser sends it after the tab is gone. */
export function sendLast(url, fields) {
  const body = new FormData();
  body.append("csrfmiddlewaretoken", csrfToken());
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  navigator.sendBeacon(url, body);
}
