/** Parses JSON text: {value} or {error}, the error as a sentence with its line; engines word theirs in three ways. */
function lineOf(text, message) {
  const named = /line (\d+)/.exec(message);
  if (named) return Number(named[1]);
  const position = /position (\d+)/.exec(message);
  if (position) return text.slice(0, Number(position[1])).split("\n").length;
  return /end of/i.test(message) ? text.split("\n").length : null;
}

export function parseJson(text) {
  try {
    return { value: JSON.parse(text) };
  } catch (problem) {
    const line = lineOf(text, problem.message);
    const reason = problem.message.replace(/^JSON\.parse: /, "").split(/ in JSON| \(line| at line/)[0];
    return { error: `${line ? `Line ${line}` : "The text"} is not valid JSON: ${reason}.` };
  }
}
